"""The glossary: complete, linked, plain text, and found by its search."""

import re

import pytest

from nn_core.glossary import find_terms, get_term, load_glossary

TERMS = load_glossary()
SHOWN_ON_PAGES = (
    "loss epoch batch gradient learning_rate kernel feature_map activation attention overfitting validation confusion_matrix "
    "calibration dead_unit saturated_unit update_ratio weight_decay l1_l2 dropout batch_norm embedding latent_space chain_rule "
    "backpropagation automatic_differentiation computational_graph finite_difference pca tsne umap receptive_field softmax logit "
    "cross_entropy accuracy recall precision mcnemar seed"
).split()


def test_it_has_the_terms_of_the_pages() -> None:
    assert not set(SHOWN_ON_PAGES) - TERMS.keys()
    with pytest.raises(KeyError):
        get_term("no such term")


@pytest.mark.parametrize("name", TERMS)
def test_a_term_is_complete_and_plain(name: str) -> None:
    term = TERMS[name]
    assert re.fullmatch(r"[a-z0-9_]+", name)
    assert term.group
    assert re.fullmatch(r"[^.]+(\d\.\d[^.]*)?\.", term.short), "a tooltip is one sentence"
    assert len(term.short) <= 140
    assert 40 <= len(term.background.split()) <= 200, "half a page"
    for text in (term.title, term.short, re.sub(r"`[^`\n]+`", "", term.background)):
        assert not re.search(r"[\\`*_$<>#\[\]~]|:[a-z]+:", text), "Markdown would take it for markup"
    assert term.related
    assert not set(term.related) - TERMS.keys() - {name}
    assert name not in term.related
    assert all(source.address.startswith(("https://", "http://yann.lecun.com/")) for source in term.sources)


def test_no_two_terms_have_the_same_title() -> None:
    assert len({term.title for term in TERMS.values()}) == len(TERMS)


def test_the_search_prefers_titles_and_knows_other_words() -> None:
    assert [term.name for term in find_terms("  Learning RATE")][:2] == ["learning_rate", "schedule"]
    assert find_terms("relu")[0].name == "activation_function"
    assert find_terms("autograd")[0].name in ("computational_graph", "automatic_differentiation")
    assert "temperature" in get_term("calibration").background
    assert "calibration" in [term.name for term in find_terms("temperature")]
    assert find_terms("xyzzy") == []
    assert find_terms(" ") == list(TERMS.values())
