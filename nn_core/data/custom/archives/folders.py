"""Finds splits and classes in the folders of an archive, as people really arrange them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nn_core.data.custom.archives.source import ArchiveEntry
from nn_core.data.custom.archives.splits import Role, is_filling, parse_split_name
from nn_core.data.custom.validation import make_natural_key, quote_names
from nn_core.i18n import _

__all__ = ["FolderLayout", "Located", "parse_folders"]

ClassLevel = Literal["outer", "inner"]
_FEW = 5  # pictures beside the folder of all classes are screenshots, not a class


class Located(NamedTuple):
    """A picture while its class is looked for.

    Attributes:
        entry: in the archive.
        rest: the folders below those already understood, and the file name.
        role: the split that is stated.
        split: the name of the split's folder.
        label: the class.
    """

    entry: ArchiveEntry
    rest: tuple[str, ...]
    role: Role | None = None
    split: str = ""
    label: str = ""

    @property
    def first(self) -> str:
        """The outermost folder that is left; empty for a picture that is in none."""
        return self.rest[0] if len(self.rest) > 1 else ""

    @property
    def second(self) -> str:
        """The folder in that folder; empty if there is none."""
        return self.rest[1] if len(self.rest) > 2 else ""

    def descend(self) -> Located:
        """Return it without that folder."""
        return self._replace(rest=self.rest[1:])


@dataclass
class FolderLayout:
    """What the folders say.

    Attributes:
        labelled: the pictures in the folder of a class.
        flat: the pictures without one, where no class is found at all, or in a split without classes.
        beside: the other pictures without one, such as a screenshot beside the folders.
        root: the folders around everything, joined by '/'.
        warnings: what was assumed.
        inner, outer: some names of the inner and the outer folders, if both can be classes.
        is_unclear: whether both are about equally likely.
    """

    labelled: list[Located] = field(default_factory=list)
    flat: list[Located] = field(default_factory=list)
    beside: list[Located] = field(default_factory=list)
    root: str = ""
    warnings: list[str] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)
    outer: list[str] = field(default_factory=list)
    is_unclear: bool = False


def parse_folders(entries: Sequence[ArchiveEntry], level: ClassLevel | None) -> FolderLayout:
    """Find the split and the class of each picture.

    Folders around everything are ignored. A split may be above the classes (`train/cat`), inside them (`cat/train`) or in
    the name of their folders (`train_cat`).

    Args:
        entries: the pictures.
        level: which folders are the classes, if folders are nested; by default, the outer ones.
    """
    layout = FolderLayout()
    located = _enter_root([Located(entry, entry.names) for entry in entries], layout)
    groups = _group(located, lambda each: each.first)
    roles = _read_roles(groups)
    if roles:
        located = _enter_splits(groups, roles, layout)
    located = _read_split_in_names(located, layout) or _read_inner_splits(located) or located
    _assign_labels(located, level, layout)
    return layout


def _group(located: Sequence[Located], key: Callable[[Located], str]) -> dict[str, list[Located]]:
    groups: dict[str, list[Located]] = defaultdict(list)
    for each in located:
        groups[key(each)].append(each)
    return dict(groups)


def _enter_root(located: list[Located], layout: FolderLayout) -> list[Located]:
    """Go into the folders around everything. Pictures beside them have no class."""
    root: list[str] = []
    while True:
        groups = _group(located, lambda each: each.first)
        loose = groups.pop("", [])
        deep = [name for name, group in groups.items() if any(each.second for each in group)]
        others = [name for name in groups if name not in deep]
        if len(deep) != 1 or (others and not _is_wrapper(deep[0], groups, others)):
            break
        layout.beside += [*loose, *(each for name in others for each in groups[name])]
        located = [each.descend() for each in groups[deep[0]]]
        root.append(deep[0])
    layout.root = "/".join(root)
    return located


def _is_wrapper(folder: str, groups: Mapping[str, Sequence[Located]], others: Sequence[str]) -> bool:
    """Return whether a folder has the classes inside, and the other folders, which have no folders inside, are none."""
    inner = {each.second for each in groups[folder]} - {""}
    if len(inner) < 2 or any(map(parse_split_name, others)):
        return False
    return is_filling(folder) or all(len(groups[name]) < _FEW for name in others)


def _read_roles(groups: Mapping[str, Sequence[Located]]) -> dict[str, Role]:
    """Return the split that each folder is, if the folders are splits; else nothing."""
    parsed = {name: found for name in groups if name and (found := parse_split_name(name))}
    rests = {found.rest for found in parsed.values()}
    if len(rests) > 1 or (rests != {""} and len(parsed) < len([name for name in groups if name])):
        parsed = {name: found for name, found in parsed.items() if not found.rest}
    others = [name for name in groups if name and name not in parsed]
    roles = {name: found.role for name, found in parsed.items()}
    deep = [name for name in roles if any(each.second for each in groups[name])]
    if len(others) == 1 and roles and not deep and any(each.second for each in groups[others[0]]):
        return {**roles, others[0]: "train"}  # `pictures/cat` beside a flat `test`
    are_splits = len(set(roles.values())) > 1 and (deep or len(others) < 2)
    return roles if are_splits or (deep and not others) else {}


def _enter_splits(
    groups: Mapping[str, list[Located]], roles: Mapping[str, Role], layout: FolderLayout
) -> list[Located]:
    """Go into the splits, and into the folders around everything in each (`seg_train/seg_train`)."""
    inside = {name: [each.descend()._replace(role=roles[name], split=name) for each in groups[name]] for name in roles}
    layout.beside += [each for name, group in groups.items() if name not in roles for each in group]
    for name, group in inside.items():
        elsewhere = [each for other, pictures in inside.items() if other != name for each in pictures]
        while _has_wrapper(group, name, elsewhere):
            group = [each.descend() for each in group]
        inside[name] = group
    return [each for group in inside.values() for each in group]


def _has_wrapper(group: Sequence[Located], split: str, elsewhere: Sequence[Located]) -> bool:
    """Return whether all pictures of a split are in one folder that is no class. elsewhere: the pictures of the other splits."""
    folders = {each.first for each in group}
    if len(folders) != 1 or "" in folders:
        return False
    (folder,) = folders
    if any(each.second for each in group):
        return {each.first for each in elsewhere} - {"", folder} == set() or folder not in {
            each.first for each in elsewhere
        }
    parsed = parse_split_name(folder)
    says_nothing = folder == split or is_filling(folder) or (parsed is not None and not parsed.rest)
    return says_nothing and not any(each.first == folder and not each.second for each in elsewhere)


def _read_split_in_names(located: Sequence[Located], layout: FolderLayout) -> list[Located]:
    """Read folders such as `train_cat` and `test_cat`; return nothing if there are no such folders."""
    if any(each.role for each in located):
        return []
    parsed = {name: parse_split_name(name) for name in {each.first for each in located} - {""}}
    found = {name: each for name, each in parsed.items() if each and each.rest}
    labels = {role: {each.rest for each in found.values() if each.role == role} for role in ("train", "test", "val")}
    shared = labels["train"] & (labels["test"] | labels["val"])
    if len(found) < len(parsed) or len(shared) < 2:
        return []
    layout.warnings.append(
        _("The names of the folders state the class and the split: {names}.").format(names=quote_names(sorted(found)))
    )
    layout.beside += [each for each in located if not each.first]
    return [each._replace(role=found[each.first].role, label=found[each.first].rest) for each in located if each.first]


def _read_inner_splits(located: Sequence[Located]) -> list[Located]:
    """Read splits inside the classes (`cat/train`); return nothing if there are none."""
    if not located or any(each.role or each.label for each in located):
        return []
    inner = {each.second for each in located if each.first}
    roles = {name: parse_split_name(name) for name in inner}
    found = {name: each.role for name, each in roles.items() if each and not each.rest}
    if len(found) < len(inner) or len(set(found.values())) < 2 or "train" not in found.values():
        return []
    return [
        each._replace(role=found.get(each.second), rest=(each.first, *each.rest[2:]) if each.first else each.rest)
        for each in located
    ]


def _assign_labels(located: Sequence[Located], level: ClassLevel | None, layout: FolderLayout) -> None:
    """Label the pictures by their outer or inner folder; the rest is flat or beside."""
    folders: dict[str, set[str]] = defaultdict(set)
    for each in located:
        if each.first and not each.label:
            folders[each.first].add(each.second)
    nested = {outer: inner - {""} for outer, inner in folders.items()}
    names = Counter(name for inner in nested.values() for name in inner)
    if len([outer for outer, inner in nested.items() if inner]) > 1 and len(names) > 1:
        layout.outer, layout.inner = (sorted(each, key=make_natural_key) for each in (nested, names))
        shared = {name for name, count in names.items() if count > 1}
        pairs = sum(names.values())
        repeated = sum(names[name] for name in shared)
        layout.is_unclear = (
            len(shared) > 1 and 2 * repeated >= pairs and all("" not in inner for inner in folders.values())
        )
    for each in located:
        label = "" if each.role == "unlabelled" else each.label or (each.second if level == "inner" else each.first)
        if label:
            layout.labelled.append(each._replace(label=label.strip()))
        else:
            layout.flat.append(each)
    with_classes = {each.split for each in layout.labelled}
    if with_classes:
        layout.beside += [each for each in layout.flat if each.split in with_classes]
        layout.flat = [each for each in layout.flat if each.split not in with_classes]
