"""Modules that networks are composed of. Each file needs torch alone, and each class keeps its arguments under their names,
so that a network can be written out as a program of its own."""
