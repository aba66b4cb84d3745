"""Writes a network as a Python program that needs torch alone."""
