"""The built-in data sets, one family per file."""
