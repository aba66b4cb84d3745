"""The Draw page: canvas, answer, explanations, corrections and pinned drawings."""
