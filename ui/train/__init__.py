"""The Train page: the form of a new run, its start, and the live view."""
