"""One module a format of files: each opens a file in DuckDB as cells, and numbers its rows as people see them."""
