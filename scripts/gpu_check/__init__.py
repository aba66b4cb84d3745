"""Checks on the graphics card what the test suite, which runs on the CPU, cannot: `make gpu-check`."""
