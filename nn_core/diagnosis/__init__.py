"""What is probably wrong with a run: findings with evidence, a remedy and the settings to try, most likely first.

`measurements` declares what is measured and reads the curves, `probe` measures the network and its data (it needs torch), the `rules_…`
draw the conclusions, one function for each. `diagnose_run` puts them together.
"""

from nn_core.diagnosis.diagnose import CHECKED, CHECKED_CURVES, diagnose_run, find_causes, measure_run
from nn_core.diagnosis.findings import Finding, FindingKind

__all__ = ["CHECKED", "CHECKED_CURVES", "Finding", "FindingKind", "diagnose_run", "find_causes", "measure_run"]
