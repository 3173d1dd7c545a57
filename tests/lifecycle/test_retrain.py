"""A challenger starts from the champion, never sees what both are judged by, and both are asked as they are served."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from beadwatch.datasets.snapshot import DatasetSnapshot, Record, make_snapshot
from beadwatch.domain.errors import BundleError, DatasetError, TrainingError
from beadwatch.domain.labels import TIG
from beadwatch.imaging.decode import decode
from beadwatch.inference.bundle import load_bundle
from beadwatch.inference.classifier import Classifier
from beadwatch.lifecycle.retrain import (
    Champion,
    RetrainData,
    RetrainLimits,
    RetrainOptions,
    RetrainResult,
    compare,
    due,
    held_out_pictures,
    new_pictures,
    retrain,
)
from beadwatch.training.config import TrainConfig
from beadwatch.training.cross_validate import HeldOut, save_held_out
from beadwatch.training.fit import FitPlan, fit
from beadwatch.training.pictures import Pictures, load_pictures
from beadwatch.training.run_folder import HELD_OUT_FILE, RunIdentity, claim_run_folder, read_run
from tests.bundles import write_bundle, write_models
from tests.training.conftest import draw_data

DRAWN = draw_data(TIG, groups=7)
LIMITS = RetrainLimits(min_new_groups=10, min_new_groups_after_drift=3)


@pytest.mark.parametrize(
    ("drifted", "groups", "expected"),
    [(False, 9, False), (False, 10, True), (True, 2, False), (True, 3, True), (True, 0, False)],
)
def test_when_retraining_is_due(drifted: bool, groups: int, expected: bool) -> None:
    is_due, why = due(drifted, groups, LIMITS)
    assert is_due is expected
    assert ("the data drifted" in why) is drifted
    assert f"{groups} new groups" in why


def as_collected(record: Record) -> Record:
    """Return a drawn picture with its part: welds 0 to 2 old, 3 the frozen test, 4 to 6 from feedback, 6 held out."""
    weld = int(record.name[2])
    split = {3: "test", 6: "valid"}.get(weld, "train")
    return replace(record, split=split, source="feedback" if weld > 3 else "drawn")


WHOLE = make_snapshot(as_collected(record) for record in DRAWN.snapshot.records)
BEFORE = make_snapshot(record for record in WHOLE.records if record.source == "drawn")
QUICK = RetrainOptions(method="linear", folds=2, tracking_uri=None)


@pytest.fixture
def champion(config: TrainConfig, tmp_path: Path) -> Champion:
    """Return a tiny bundle that says it has seen the old pictures, and the run of a network that has."""
    made, config = Champion(tmp_path / "champion", tmp_path / "runs" / "champion"), replace(config, method="linear")
    learned = [record for record in BEFORE.records if record.split == "train"]
    write_bundle(made.bundle, TIG, seen=[record.sha256 for record in learned])
    claim_run_folder(made.run, RunIdentity(config, BEFORE.hash, 2))
    pictures = load_pictures(learned, DRAWN.read, TIG, config.preprocess)
    fit(pictures, FitPlan(range(len(learned)), folder=made.weights.parent), config)
    save_held_out(kept_answers(pictures), made.run / HELD_OUT_FILE)
    return made


def kept_answers(pictures: Pictures) -> HeldOut:
    """Return answers that are mostly right, in two folds."""
    dice, truth = np.random.default_rng(0), pictures.targets.double().numpy()
    count = len(truth)
    return HeldOut(
        3 * truth + dice.normal(size=truth.shape),
        truth,
        dice.uniform(0, 0.2, count),
        np.arange(count) % 2,
        tuple(each.group_key for each in pictures.records),
        dice.uniform(size=(*truth.shape, 2)),
        tuple(f"{each.source}/{each.name}" for each in pictures.records),
        tuple(each.sha256 for each in pictures.records),
    )


def asked(data: RetrainData, champion: Champion, tmp_path: Path, lines: list[str]) -> RetrainResult:
    return retrain(data, champion, QUICK, tmp_path / "runs" / "new", tmp_path / "challenger", lines.append)


@pytest.mark.slow
def test_a_challenger_is_made_and_both_are_asked(champion: Champion, tmp_path: Path) -> None:
    data, lines = RetrainData(WHOLE, DRAWN.read, BEFORE), list[str]()
    result = asked(data, champion, tmp_path, lines)
    challenger = Classifier(load_bundle(result.bundle))
    old = Classifier(load_bundle(champion.bundle))
    assert (result.version, result.champion_version) == (challenger.card.version, old.card.version)
    assert result.snapshot == WHOLE.hash == challenger.card.dataset["snapshot"]

    learned = {record.sha256 for record in WHOLE.records if challenger.has_seen(record.sha256)}
    assert learned == {r.sha256 for r in WHOLE.records if r.split == "train"}, "old and new, never what judges it"
    assert read_run(result.run).config.start_from == Path("weights.safetensors")
    assert "held-out answers" in challenger.card.metrics.protocol
    assert challenger.card.metrics.samples == len(learned), "answers that were kept, and new ones for what is new"
    assert "drawn at random" in challenger.card.attribution[-1]

    for comparison, weld in ((result.test, "3"), (result.new, "6")):
        records = {f"{each.source}/{each.name}": each for each in WHOLE.records if each.name[2] == weld}
        assert set(comparison.names.tolist()) == set(records)
        assert comparison.challenger.shape == comparison.champion.shape == comparison.truth.shape == (12, 6)
        assert comparison.truth.dtype == np.bool_
        assert not comparison.seen.any()
        assert (comparison.challenger_ms > 0).all()
        assert [records[name].group_key for name in comparison.names.tolist()] == comparison.groups.tolist()
        truth = [[label in records[name].labels for label in TIG.label_names] for name in comparison.names.tolist()]
        assert comparison.truth.tolist() == truth
        for row in range(3):
            picture = decode(DRAWN.read(records[str(comparison.names[row])].sha256))
            assert comparison.champion[row].tolist() == list(old.inspect("x", picture).prediction.scores)
            assert comparison.challenger[row].tolist() == list(challenger.inspect("x", picture).prediction.scores)
    assert result.to_dict()["seen_pictures"] == 0

    lines.clear()
    assert asked(data, champion, tmp_path, lines).version == result.version
    assert len(lines) == 1, "a finished challenger is not made again"


@pytest.mark.parametrize(
    ("snapshot", "error", "message"),
    [
        (make_snapshot(r for r in WHOLE.records if r.split != "test"), DatasetError, "frozen test part"),
        (WHOLE, TrainingError, "champion's weights are not there"),
    ],
    ids=["no test part", "no weights"],
)
def test_what_cannot_be_retrained_is_refused(
    tmp_path: Path, snapshot: DatasetSnapshot, error: type[Exception], message: str
) -> None:
    write_models(tmp_path / "models")
    champion = Champion(tmp_path / "models" / "tig", tmp_path / "run")
    if error is DatasetError:
        champion.weights.parent.mkdir(parents=True)
        champion.weights.write_bytes(b"")
    with pytest.raises(error, match=message):
        asked(RetrainData(snapshot, DRAWN.read), champion, tmp_path, [])


def test_what_is_new_is_collected_and_was_not_there_before() -> None:
    assert {record.name[2] for record in new_pictures(WHOLE, BEFORE)} == {"4", "5", "6"}
    assert {record.name[2] for record in new_pictures(WHOLE, None)} == {"4", "5", "6"}
    assert new_pictures(WHOLE, WHOLE) == ()
    assert {record.name[2] for record in held_out_pictures(WHOLE)} == {"6"}


def test_comparing_marks_what_was_seen_and_names_what_is_broken(tmp_path: Path) -> None:
    write_models(tmp_path / "models")
    tig, surface = (Classifier(load_bundle(tmp_path / "models" / name)) for name in ("tig", "surface"))
    records = WHOLE.part("test")[:4]
    comparison = compare((tig, tig), records, DRAWN.read, {records[0].group_key})
    assert comparison.seen.tolist() == [each.group_key == records[0].group_key for each in records]
    assert compare((tig, tig), [], DRAWN.read, set()).truth.shape == (0, 6)
    with pytest.raises(DatasetError, match="cannot be judged"):
        compare((tig, tig), records, lambda _: b"no picture", set())
    with pytest.raises(BundleError, match="different classes"):
        compare((tig, surface), records, DRAWN.read, set())
