"""Translation of user-visible text with gettext; the source language is English.

Texts are the arguments of `_` and `N_`, and the titles and sentences of declared settings:
`xgettext --keyword=_ --keyword=N_ --keyword=declare_setting:2,3 --keyword=declare_group:2 --keyword=declare_choice:2 …`, and the titles,
groups, sentences and backgrounds in glossary.toml, where each paragraph is one line.
"""

import gettext
from pathlib import Path

_LOCALES = Path(__file__).parent / "locale"


def _(text: str) -> str:
    """Return the text in the user's language, or unchanged if it has no translation."""
    return _catalogue.gettext(text)


def N_(text: str) -> str:
    """Mark a text that is declared at import and translated with `_` when it is shown."""
    return text


_catalogue = gettext.translation("nn_lab", _LOCALES, fallback=True)
