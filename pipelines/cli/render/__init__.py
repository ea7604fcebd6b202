"""What the command line shows: pure functions from data to tables, texts and JSON."""
