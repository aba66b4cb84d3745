"""The Runs page, and the choice of a run on other pages."""
