"""The assets, by stage of the data flow."""
