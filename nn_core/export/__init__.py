"""Networks come and go: as a program, as weights, as a whole run; and back in, whoever made them."""

from nn_core.export.archive import write_archive
from nn_core.export.code import source_code
from nn_core.export.incoming import import_run, import_weights
from nn_core.export.placing import Imported
from nn_core.export.unpack import unpacked_bytes
from nn_core.export.weights import WEIGHT_FORMATS, WeightFormat, write_weights

__all__ = [
    "WEIGHT_FORMATS",
    "Imported",
    "WeightFormat",
    "import_run",
    "import_weights",
    "source_code",
    "unpacked_bytes",
    "write_archive",
    "write_weights",
]
