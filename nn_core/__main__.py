"""`python -m nn_core`: see `nn_core.cli`."""

from nn_core.cli import main

main()
