"""Zendesk: tickets with their comments and ratings, agents, calls of Talk."""
