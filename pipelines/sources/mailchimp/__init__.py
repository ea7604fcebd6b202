"""Mailchimp: campaigns, who received them and what they did, orders of connected shops."""
