"""From stored samples to network inputs: resizing, normalizing, augmentation and the encoding of text."""
