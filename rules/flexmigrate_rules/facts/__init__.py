"""Facts about the platforms as data: TOML tables with a date and a source per row, and their typed readers.

Rules ask the modules here; nobody else opens the tables. docs/facts.md tells how facts age.
"""
