"""Divides samples into those to train on and those to test with."""

from collections import defaultdict
from collections.abc import Sequence

__all__ = ["TEST_SHARE", "split_train_test"]

TEST_SHARE = 0.2


def split_train_test(digests: Sequence[bytes], labels: Sequence[int]) -> list[bool]:
    """For each sample, whether it is for the test: a fifth of each class, and of each at least one sample to train on and
    one to test with, where a class has two that differ.

    digests: a check sum of each sample; equal samples stay together, so that no test sample was learned from. The check
    sums also draw the lot: the same samples are divided in the same way, in whatever order they come.
    """
    members: dict[bytes, int] = defaultdict(int)
    owner: dict[bytes, int] = {}
    for digest, label in zip(digests, labels, strict=True):
        members[digest] += 1
        owner.setdefault(digest, label)
    of_class: dict[int, list[bytes]] = defaultdict(list)
    for digest, label in owner.items():
        of_class[label].append(digest)
    for_test: set[bytes] = set()
    for different in of_class.values():
        wanted = TEST_SHARE * sum(members[digest] for digest in different)
        # What occurs very often is learned from: in the test it would be all that the test asks for.
        rare = [digest for digest in sorted(different) if members[digest] <= max(1, wanted)]
        if not rare and len(different) > 1:
            rare = [min(different, key=lambda digest: (members[digest], digest))]
        taken = 0
        for digest in rare if len(different) > 1 else []:
            if taken < wanted:
                for_test.add(digest)
                taken += members[digest]
    return [digest in for_test for digest in digests]
