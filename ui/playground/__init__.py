"""The Playground page: its form, its run and its live part."""
