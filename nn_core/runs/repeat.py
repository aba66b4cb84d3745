"""Repeats a run with other seeds: plans and creates the further members of its group."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from nn_core.atomic_io import exclusive_lock, replace_json
from nn_core.config import RunConfig
from nn_core.drawings.corrections import read_corrections
from nn_core.errors import BadInput
from nn_core.i18n import _
from nn_core.runs.create import create_run
from nn_core.runs.disk_quota import translate_storage_errors
from nn_core.runs.folder import RunFolder
from nn_core.runs.groups import GroupFile, change_seed, describe_base, find_group, make_member_name, read_group_file
from nn_core.runs.label import RunLabel
from nn_core.runs.queue import get_queue_folder
from nn_core.runs.store import list_runs
from nn_core.runs.titles import get_chosen_name

__all__ = ["MAX_MEMBERS", "MIN_MEMBERS", "Repetition", "SeedPlan", "create_next_member", "plan_members"]

MIN_MEMBERS, MAX_MEMBERS = 2, 16


@dataclass(frozen=True)
class SeedPlan:
    """What is needed for a group of some size.

    Attributes:
        group: identifies the group, which may not exist yet.
        origin: the folder of the run that was repeated first.
        config: the settings of the group.
        base: the name of the group, after which members are named.
        members: how many there are, including the run itself.
        is_member: whether the run itself is or becomes a member. One that is read-only or imported does not.
        seeds: of the members to be created.
    """

    group: str
    origin: str
    config: RunConfig
    base: str
    members: int
    is_member: bool
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Repetition:
    """The members that were created. stopped_by: the limit that was reached before all were, as a sentence; empty otherwise."""

    members: tuple[RunFolder, ...]
    stopped_by: str = ""


def plan_members(run: RunFolder, runs: list[RunFolder], total: int) -> SeedPlan:
    """Plan a group with so many members. The new seeds follow that of the run that was repeated first; those of members are skipped.

    Args:
        run: a member, or the run that is repeated.
        runs: all runs of the folder.
        total: from MIN_MEMBERS to MAX_MEMBERS.

    Raises:
        BadInput: the number is not possible, or the run cannot be read.
    """
    if not MIN_MEMBERS <= total <= MAX_MEMBERS:
        raise BadInput(
            _("{total} runs with different seeds are not possible. Choose a number from {least} to {most}.").format(
                total=total, least=MIN_MEMBERS, most=MAX_MEMBERS
            )
        )
    own, group = run.config(), find_group(run, runs, least=1)
    is_member = not (run.is_shipped or run.status().has_imported_weights)
    seeds = {member.run.name: member.seed for member in group.members} if group else {}
    if is_member:
        seeds[run.name] = own.training.seed
    origin = group.origin if group else run.name
    first = seeds.get(origin, own.training.seed)
    candidates = (seed % 2**31 for seed in range(first + 1, first + 2 + len(seeds) + total))
    missing = max(0, total - len(seeds))
    return SeedPlan(
        group.identity if group else secrets.token_hex(8),
        origin,
        (group.config if group else None) or own,
        group.name if group else get_chosen_name(run) or describe_base(own),
        len(seeds),
        is_member,
        tuple([seed for seed in candidates if seed not in seeds.values()][:missing]),
    )


def create_next_member(root: Path, run: RunFolder, total: int) -> RunFolder | None:
    """Create the next member of the run's group, to be launched; the first time, the run becomes a member itself.

    Several processes may do this at once: no seed is used twice, and the group gets no more than `total` members.

    Args:
        root: the folder of runs.
        run: as for `plan_members`.
        total: likewise.

    Returns:
        None if the group has so many members.

    Raises:
        BadInput: as `plan_members` and `create_run`.
    """
    with translate_storage_errors(root), exclusive_lock(get_queue_folder(root) / "seeds"):
        plan = plan_members(run, list_runs(root), total)
        if not plan.seeds:
            return None
        seed = plan.seeds[0]
        member = create_run(
            root,
            change_seed(plan.config, seed),
            drawings=read_corrections(run.drawings_file) if plan.config.data.drawings.share else (),
            label=RunLabel.from_text(make_member_name(plan.base, seed)),
            group=GroupFile(group=plan.group, seed=seed, origin=plan.origin),
            weights=run.start_weights if run.start_weights.exists() else None,
            preset=run.status().preset,
        )
        if plan.is_member and read_group_file(run.group_file) is None:
            entry = GroupFile(group=plan.group, seed=run.config().training.seed, origin=plan.origin)
            replace_json(run.group_file, entry.model_dump())
        return member
