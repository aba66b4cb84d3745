"""Export of networks as programs, weights or whole runs, and import of untrusted runs and weights."""

from nn_core.transfer.archive import get_unpacked_bytes, write_archive
from nn_core.transfer.codegen.program import generate_code
from nn_core.transfer.import_run import Imported, import_run
from nn_core.transfer.import_weights import CheckedWeights, check_weights, import_weights, suggest_network
from nn_core.transfer.weight_files import WEIGHT_FORMATS, WeightFormat, write_weights

__all__ = [
    "WEIGHT_FORMATS",
    "CheckedWeights",
    "Imported",
    "WeightFormat",
    "check_weights",
    "generate_code",
    "get_unpacked_bytes",
    "import_run",
    "import_weights",
    "suggest_network",
    "write_archive",
    "write_weights",
]
