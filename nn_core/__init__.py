"""The engine of NN Lab: data, networks, training, evaluation and inference on PyTorch, with no screen in it."""
