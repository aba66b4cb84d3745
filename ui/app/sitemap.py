"""The pages of the app: the one place where a page is registered. Imports nothing heavy, because the server reads it at its start."""

from dataclasses import dataclass

from nn_core.i18n import N_

__all__ = ["ADDRESSES", "APP", "SITEMAP", "PageEntry"]

APP = "NN Lab"


@dataclass(frozen=True)
class PageEntry:
    """What the sidebar and the server know of a page. The texts are translated where they are shown.

    Attributes:
        title: in the sidebar and in the browser's tab.
        icon: in the sidebar; the name of a Material icon.
        heading: at the top of the page; the title if empty.
        elements: the kinds of elements at the top of the page, by the name of Streamlit's file for them. The browser loads these
            files early. Plotly is left out on purpose: its 4.7 MB would delay everything else.
        elements_of_run: the same for the page with `?run=` in its address; `elements` if empty.
        imports: packages that the page needs before it can show anything. The server imports them while the browser loads its
            scripts.
    """

    title: str
    icon: str
    heading: str = ""
    elements: tuple[str, ...] = ()
    elements_of_run: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


SITEMAP = {
    "home": PageEntry(
        N_("Home"), "home", N_("Watch a neural network learn"), elements=("Button", "PageLink", "ImageList")
    ),
    "playground": PageEntry(
        N_("Playground"),
        "scatter_plot",
        elements=("BidiComponent", "Button", "Slider", "Selectbox"),
        imports=("torch",),
    ),
    "train": PageEntry(
        N_("Train"),
        "model_training",
        elements=("ButtonGroup", "Selectbox", "NumberInput", "Slider", "Checkbox", "TextInput", "Button"),
        elements_of_run=("Selectbox", "Metric", "PageLink", "BidiComponent"),
    ),
    "runs": PageEntry(
        N_("Runs"), "history", elements=("BidiComponent", "TextInput", "ButtonGroup"), imports=("pandas",)
    ),
    "compare": PageEntry(
        N_("Compare"), "compare_arrows", elements=("Multiselect", "Selectbox", "BidiComponent"), imports=("torch",)
    ),
    "evaluate": PageEntry(
        N_("Evaluate"), "grid_on", elements=("Selectbox", "Metric", "BidiComponent"), imports=("pandas",)
    ),
    "draw": PageEntry(N_("Draw"), "draw", elements=("Selectbox", "BidiComponent", "Button"), imports=("torch",)),
    "text": PageEntry(N_("Text"), "abc", elements=("Button",)),
    "inside": PageEntry(
        N_("Look inside"),
        "visibility",
        elements=("Button", "Selectbox", "ButtonGroup", "NumberInput", "ImageList"),
        imports=("torch",),
    ),
    "backprop": PageEntry(
        N_("Backprop"), "account_tree", elements=("Selectbox", "NumberInput", "BidiComponent"), imports=("torch",)
    ),
    "data": PageEntry(N_("Data"), "dataset", elements=("ButtonGroup", "Selectbox", "Metric"), imports=("pandas",)),
    "glossary": PageEntry(N_("Glossary"), "menu_book", elements=("TextInput", "PageLink")),
    "demo": PageEntry(N_("Demo"), "slideshow", elements=("Button", "NumberInput")),
}
"""In the order of the sidebar, by the name of the page's file in `pages/`. That name is the address too, except that "home" is at /."""

ADDRESSES = tuple("" if name == "home" else name for name in SITEMAP)
"""Of the pages, without slashes."""
