"""Presentation mode: the demo that a presenter assembles, its file, and what is offered on every page."""
