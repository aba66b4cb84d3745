"""A run as a document: a report in HTML, and a model card in Markdown."""

from nn_core.export.report.card import make_card
from nn_core.export.report.page import make_report

__all__ = ["make_card", "make_report"]
