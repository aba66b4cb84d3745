"""One HTML file with a drawing pad and a run's network, which reads drawings without NN Lab and without a connection."""

from nn_core.export.page.offline import OfflinePage, RunPages, build_pages, render_pages, write_worker

__all__ = ["OfflinePage", "RunPages", "build_pages", "render_pages", "write_worker"]
