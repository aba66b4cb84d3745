"""Files for other programs: the metrics of runs as CSV and Parquet, and as event files for TensorBoard."""

from nn_core.export.metrics import write_csv, write_parquet
from nn_core.export.tensorboard import write_event_folder, write_event_zip

__all__ = ["write_csv", "write_event_folder", "write_event_zip", "write_parquet"]
