"""Generates a Python program of a network that needs only torch."""
