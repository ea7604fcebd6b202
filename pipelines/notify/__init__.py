"""One neutral message, and the channels that render and send it."""
