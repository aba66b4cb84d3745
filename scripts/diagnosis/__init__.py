"""Evaluates the diagnosis: faults injected into real runs, and healthy runs: `make diagnosis`."""
