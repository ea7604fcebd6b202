"""The Slack channel: Block Kit through an incoming webhook."""
