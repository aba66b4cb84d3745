"""Why a network gives an answer: attention, attribution, counterfactuals, patterns and latent numbers."""
