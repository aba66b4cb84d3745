"""Modules that networks are composed of.

Each file imports only torch, and each class stores its constructor arguments under their names, so that a network can be exported
as a stand-alone program.
"""
