"""The diagram of a network: its stages, their drawings, and the whole as HTML."""
