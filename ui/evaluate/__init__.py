"""The Evaluate page: mistakes of classifiers, on the plane and of autoencoders."""
