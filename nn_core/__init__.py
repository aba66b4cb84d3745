"""The engine of NN Lab: data, networks, training, evaluation and inference on PyTorch, without a user interface."""
