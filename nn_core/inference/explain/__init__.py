"""Why a network gives an answer: attention, attribution, counterfactuals, patterns, latent numbers and the X-ray."""
