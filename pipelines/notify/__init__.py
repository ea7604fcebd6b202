"""Notifications: neutral messages, composed from events and sent through channels."""
