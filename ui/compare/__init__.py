"""The page Compare: two to eight runs on the same test examples."""
