"""The diagram of a network: its stages, their shapes, and the view on a page."""
