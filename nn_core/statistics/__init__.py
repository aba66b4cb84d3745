"""Statistics of results: intervals, tests and scores. Knows nothing of runs, and needs no torch."""
