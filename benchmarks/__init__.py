"""What Vigie costs, measured side by side with the least it could cost. `make bench` runs it."""
