"""What the sources of vendors' APIs share: requests within the allowed rate, pages, fields, resumable extraction."""
