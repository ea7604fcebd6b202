"""What the command line shows, as tables for people and objects for programs."""
