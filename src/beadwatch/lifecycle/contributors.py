"""What each person's feedback looks like in figures, so that who decides about a model can see whose labels stand out.

Facts, no judgement: somebody who contradicts everybody may be wrong, or the only one who is right. Knows uploads and
accounts. Does not know pictures.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from beadwatch.domain.accounts import Account
from beadwatch.lifecycle.uploads import Upload


@dataclass(frozen=True, slots=True)
class Contributor:
    """One account's part, or that of a team's guests (`account` None).

    `pictures` are those whose labels are this person's. Of `uploads` that count, `contradict_model` differ from what
    the model had said; of those `shared`, which somebody else labelled too, `contradict_people` differ from most of
    the others. `added` and `removed` count by class what the person saw and the model did not, and the other way round.
    """

    account: str | None
    name: str
    role: str
    team: str
    uploads: int
    pictures: int
    contradict_model: int
    shared: int
    contradict_people: int
    added: Mapping[str, int]
    removed: Mapping[str, int]

    @property
    def share_against_model(self) -> float:
        """Share of the uploads that contradict the model, 0 to 1."""
        return self.contradict_model / self.uploads

    @property
    def share_against_people(self) -> float | None:
        """Share of the shared pictures on which most others say something else; None where there are none."""
        return self.contradict_people / self.shared if self.shared else None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values."""
        return {
            **asdict(self),
            "share_against_model": self.share_against_model,
            "share_against_people": self.share_against_people,
        }


def contributors(
    counting: Iterable[Upload], accounts: Mapping[str, Account], pictures: Collection[str], taken: Collection[str]
) -> tuple[Contributor, ...]:
    """Return who labelled these pictures (sha256), who contributed most first.

    `counting` are the uploads that count, `taken` the names of those whose labels the pictures got.
    """
    found = [upload for upload in counting if upload.sha256 in pictures]
    said: dict[str, list[Upload]] = defaultdict(list)
    of_person: dict[tuple[str, str | None], list[Upload]] = defaultdict(list)
    for upload in found:
        said[upload.sha256].append(upload)
        of_person[upload.person].append(upload)
    people = [_contributor(own, said, accounts, taken) for own in of_person.values()]
    return tuple(sorted(people, key=lambda each: (-each.pictures, -each.uploads, each.team, each.name)))


def _contributor(
    own: list[Upload], said: Mapping[str, list[Upload]], accounts: Mapping[str, Account], taken: Collection[str]
) -> Contributor:
    first = own[0]
    account = accounts.get(first.account or "")
    shared = {upload.name: _others(upload, said[upload.sha256]) for upload in own}
    added = Counter(label for upload in own for label in upload.labels if label not in upload.model_labels)
    removed = Counter(label for upload in own for label in upload.model_labels if label not in upload.labels)
    return Contributor(
        account=first.account,
        name=account.name if account else "guests" if first.account is None else first.account,
        role=account.role.value if account else "",
        team=first.team,
        uploads=len(own),
        pictures=sum(upload.name in taken for upload in own),
        contradict_model=sum(set(upload.labels) != set(upload.model_labels) for upload in own),
        shared=sum(bool(others) for others in shared.values()),
        contradict_people=sum(_outvoted(upload, shared[upload.name]) for upload in own),
        added=dict(sorted(added.items())),
        removed=dict(sorted(removed.items())),
    )


def _others(upload: Upload, found: Iterable[Upload]) -> list[Upload]:
    return [each for each in found if each.person != upload.person]


def _outvoted(upload: Upload, others: list[Upload]) -> bool:
    against = sum(set(each.labels) != set(upload.labels) for each in others)
    return 2 * against > len(others)
