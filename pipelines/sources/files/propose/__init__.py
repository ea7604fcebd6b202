"""Proposes the settings of extract files from their headers and a sample of their rows.

`sample` reads the beginning of a file. Everything after it is pure: `layout` finds delimiter and header, `profile` what
the cells of a column look like, `dates` and `numbers` how they are written, `shapes` which product the file is from,
`matching` which column of an entity a column of the file is, `tables` what a table of the settings becomes, and
`render` the text of the settings.
"""
