"""Which letters of a text mattered to a network's answer."""

from unicodedata import normalize

from torch import Tensor

from nn_core.data.text import encode
from nn_core.inference.attention import attention_over
from nn_core.inference.network import TrainedNetwork

__all__ = ["attention_to_letters", "influence_of_letters", "letters_read"]


def letters_read(network: TrainedNetwork, text: str) -> str:
    """The text as the network gets it, capitals aside: without blanks around it, and no longer than the network reads."""
    shown, small = (normalize("NFC", form) for form in (text.strip(), text.strip().lower()))
    # Few letters are as small ones two: then those are shown, for each needs its own figure.
    return (shown if len(shown) == len(small) else small)[: network.spec.shape[0]]


def attention_to_letters(network: TrainedNetwork, text: str) -> Tensor:
    """How much the token that decides looked at each letter, block by block and head by head: [depth, heads, letters],
    each row summing to 1. The network must have self-attention."""
    letters = letters_read(network, text)
    inputs = encode([letters], network.spec.alphabet, network.spec.shape[0])
    return attention_over(network, inputs)[0, :, :, : len(letters)]


def influence_of_letters(network: TrainedNetwork, text: str) -> list[float]:
    """How much less probable the answer becomes when each letter is left out, from -1 to 1; below 0 where the letter spoke
    against it. A network is asked once for each letter, whatever it is made of (occlusion: Zeiler and Fergus, 2014)."""
    letters = letters_read(network, text)
    shorter = [letters[:i] + letters[i + 1 :] for i in range(len(letters))]
    inputs = encode([letters, *shorter], network.spec.alphabet, network.spec.shape[0])
    probabilities = network.calibration.probabilities(network.outputs(inputs))
    of_answer = probabilities[:, int(probabilities[0].argmax())]
    influence: list[float] = (of_answer[:1] - of_answer[1:]).tolist()
    return influence
