"""`kmnist`: Kuzushiji-MNIST, ten letters of old Japanese handwriting, in place of MNIST's digits.

Source: Clanuwat et al., "Deep Learning for Classical Japanese Literature", 2018, arXiv:1812.01718.
"""

from nn_core.data.mnist import like_mnist
from nn_core.i18n import N_

__all__ = ["KMNIST"]

KMNIST = like_mnist(
    "KMNIST",
    "KMNIST",
    (
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    ),
    (18_165_135, 29_497, 3_041_136, 5_120),
    name="kmnist",
    title=N_("KMNIST (70,000 Japanese letters)"),
    about=N_(
        "Ten letters of old Japanese handwriting, in pictures like MNIST's but harder: 60,000 to learn from, 10,000 to "
        "test. A 21 MB download."
    ),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    # As programs for KMNIST commonly state them.
    mean=0.1918,
    std=0.3483,
)
