"""The e-mail channel: HTML and plain text through an SMTP server."""
