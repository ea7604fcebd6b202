"""What leaves the warehouse: scheduled export files, and the published copy that BI tools read."""
