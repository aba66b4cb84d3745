"""The Look inside page, and the views of attention, patterns and latent numbers that other pages share."""
