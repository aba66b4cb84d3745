"""The Playground: its form, its run, and the moving part of the page."""
