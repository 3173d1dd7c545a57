"""Adding pictures to a data set that exists: what it has keeps its group and its part, what is new waits for both.

Knows records. Does not know pictures, nor which of them are alike: `groups` and `split` place what was added.
"""

from collections.abc import Iterable
from dataclasses import replace

from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import DatasetError

GROUP_BY_LAYOUT = "given by the layout"
_CALLED = f"{GROUP_BY_LAYOUT} as "


def remember_group(record: Record) -> str:
    """Return the `group_how` of a picture whose group is about to get the name of another, with which it was joined.

    It says what the layout calls the group, so that pictures of it that are added later join it there.
    """
    return f"{_CALLED}{record.group}" if record.group_how == GROUP_BY_LAYOUT else record.group_how


def add_records(held: DatasetSnapshot, added: Iterable[Record]) -> DatasetSnapshot:
    """Return the set with the pictures that were added.

    A new picture has no part, whatever its layout says: `split` finds one that no copy of it contradicts. A picture
    that the set holds, by source and name, keeps its part and its group and takes the labels that it has now. Nothing
    is removed.

    Raises:
        DatasetError: a picture has the name of another one, with other bytes.
    """
    known = {(record.source, record.name): record for record in held.records}
    renamed = {
        (record.source, record.group_how.removeprefix(_CALLED)): record
        for record in held.records
        if record.group_how.startswith(_CALLED)
    }
    for record in added:
        old = known.get((record.source, record.name))
        if old is None:
            known[record.source, record.name] = _placed(record, renamed.get((record.source, record.group or "")))
        elif old.sha256 != record.sha256:
            raise DatasetError(
                f"{record.source}: {record.name!r} is in the set with other bytes; add this folder under another "
                "--source, or give the picture another name"
            )
        elif old.group is None:
            known[record.source, record.name] = replace(record, split=old.split)
        else:
            how = old.group_how
            known[record.source, record.name] = replace(record, split=old.split, group=old.group, group_how=how)
    return make_snapshot(known.values())


def _placed(record: Record, mate: Record | None) -> Record:
    """Return a new picture without a part, in the group that its layout's group has become."""
    if mate is None:
        return replace(record, split=None)
    return replace(record, split=None, group=mate.group, group_how=mate.group_how)
