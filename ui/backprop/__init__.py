"""The parts of the Backprop page."""
