"""Runs a network in the visitor's browser: a block of bytes with the network, and JavaScript that reads drawings with it ([how](browser.md))."""

from nn_core.browser.network import BrowserNetwork, Precision, build_browser_network
from nn_core.browser.scripts import BROWSER_SCRIPTS, get_browser_scripts, join_browser_scripts

__all__ = [
    "BROWSER_SCRIPTS",
    "BrowserNetwork",
    "Precision",
    "build_browser_network",
    "get_browser_scripts",
    "join_browser_scripts",
]
