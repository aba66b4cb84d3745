"""Processes: starts the worker of a run, queues runs, keeps a warm worker, and runs the training in the worker."""
