"""The tables of the evaluation, as Markdown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nn_core.diagnosis import Finding
from scripts.diagnosis.faults import Fault

__all__ = ["Result", "format_faults", "format_healthy", "replace_between_markers"]

_TOP = 2


@dataclass(frozen=True)
class Result:
    """What the diagnosis found in one run. group: the fault, or "healthy"."""

    group: str
    base: str
    seed: int
    findings: list[Finding]

    @property
    def is_right(self) -> bool:
        """Whether the fault is among the first two findings, or nothing but tips was found in a healthy run."""
        if self.group == "healthy":
            return all(finding.is_tip for finding in self.findings)
        return any(finding.kind == self.group for finding in self.findings[:_TOP])


def format_faults(results: Sequence[Result], faults: Sequence[Fault]) -> str:
    """A row for each fault: in how many runs it was the first finding, and among the first two."""
    lines = [
        "| fault | injected as | presets | runs | first | among the first two | otherwise first |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for fault in faults:
        of_fault = [result for result in results if result.group == fault.kind]
        if of_fault:
            first = [result.findings[0].kind if result.findings else "nothing" for result in of_fault]
            others = Counter(kind for kind in first if kind != fault.kind)
            named = ", ".join(f"`{kind}` ({count})" for kind, count in others.most_common(3)) or "–"
            lines.append(
                f"| `{fault.kind}` | {fault.title} | {', '.join(f'`{name}`' for name in dict.fromkeys(result.base for result in of_fault))} "
                f"| {len(of_fault)} | {_share(first.count(fault.kind), len(of_fault))} "
                f"| {_share(sum(result.is_right for result in of_fault), len(of_fault))} | {named} |"
            )
    right = sum(result.is_right for result in results)
    lines.append(f"| **all** | | | **{len(results):,}** | | **{_share(right, len(results))}** | |")
    return "\n".join(lines)


def format_healthy(results: Sequence[Result]) -> str:
    """A row for each preset: false alarms and tips."""
    lines = ["| preset | healthy runs | false alarms | tips |", "| --- | --- | --- | --- |"]
    presets = dict.fromkeys(result.base.partition("-")[0] for result in results)
    for preset in presets:
        of_preset = [result for result in results if result.base.partition("-")[0] == preset]
        alarms = Counter(result.findings[0].kind for result in of_preset if not result.is_right)
        tips = Counter(finding.kind for result in of_preset if result.is_right for finding in result.findings)
        lines.append(f"| `{preset}` | {len(of_preset)} | {_list(alarms)} | {_list(tips)} |")
    wrong = sum(not result.is_right for result in results)
    tipped = sum(result.is_right and bool(result.findings) for result in results)
    lines.append(f"| **all** | **{len(results):,}** | **{wrong} ({_share(wrong, len(results))})** | {tipped} |")
    return "\n".join(lines)


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{count} × `{kind}`" for kind, count in counts.most_common()) or "0"


def _share(count: int, total: int) -> str:
    return f"{100 * count / max(total, 1):.1f} %"


def replace_between_markers(file: Path, tables: Mapping[str, str]) -> None:
    """Replace each table in the file, between `<!-- name -->` and `<!-- /name -->`."""
    text = file.read_text(encoding="utf-8")
    for name, table in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(start)
        if not found or end not in rest:
            raise SystemExit(f"{file} has no place for the table '{name}': add {start.strip()} and {end}.")
        text = f"{before}{start}{table}\n{end}{rest.partition(end)[2]}"
    file.write_text(text, encoding="utf-8")
