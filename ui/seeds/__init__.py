"""Runs that differ only in the seed, on a run's page and in the list of runs."""
