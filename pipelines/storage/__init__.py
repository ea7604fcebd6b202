"""The home folder, locks, atomic writes, addresses and SQL quoting: one copy of each."""
