"""The pure core of the watch: no I/O, no clock, no import from any other room."""
