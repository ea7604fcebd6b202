"""Exports, which write files on a schedule, and publishing, which keeps a copy of the tables for BI tools."""
