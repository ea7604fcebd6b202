"""Times of the week: how settings write them (`hours`), and the moments at which they come (`spans`). Pure."""
