"""What happens inside a network while it trains: the figures of its layers, its filters and activations, and its answers for examples."""
