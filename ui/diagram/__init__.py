"""The diagram of a network on a page."""
