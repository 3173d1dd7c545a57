"""What the gate judges by, laid out from the answers of champion and challenger.

Knows comparisons and cards. Makes no judgement: see `gate`. Loads torch, as `paired` does.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from beadwatch.domain.model_card import ModelCard
from beadwatch.lifecycle.gate import GateEvidence, PartEvidence
from beadwatch.lifecycle.paired import answers_of, compare
from beadwatch.lifecycle.retrain import Comparison, RetrainResult


def evidence_of(
    result: RetrainResult, champion: ModelCard, challenger: ModelCard, people: Mapping[str, str]
) -> GateEvidence:
    """Lay out what the gate judges by. Pictures of groups that either model has learned from do not count.

    `people` says who labelled a picture, by its name in the new data.
    """
    said = np.array([people.get(str(name), "") for name in result.new.names], dtype=np.str_)
    parity = (challenger.parity or {}).get("runtimes", {}).get("onnx", {})
    return GateEvidence(
        task=result.task.name,
        champion=result.champion_version,
        challenger=result.version,
        classes=result.task.label_names,
        frozen=_part(result.test, champion, challenger),
        new=_part(result.new, champion, challenger),
        parity_scores=parity.get("max_score_difference"),
        parity_agreement=parity.get("agreement"),
        latency_ms=_median(result.test.challenger_ms),
        champion_cost=_median(result.test.champion_ms),
        challenger_cost=_median(result.test.challenger_ms),
        without={
            who: _part(result.new, champion, challenger, said != who).macro_auc
            for who in sorted(set(said.tolist()) - {""})
        },
    )


def _part(
    both: Comparison,
    champion: ModelCard,
    challenger: ModelCard,
    rows: npt.NDArray[np.bool_] | None = None,
) -> PartEvidence:
    task, fair = challenger.task, ~both.seen if rows is None else ~both.seen & rows
    return compare(
        task,
        answers_of(both.champion[fair], champion.calibration.thresholds, task),
        answers_of(both.challenger[fair], challenger.calibration.thresholds, task),
        both.truth[fair],
        both.groups[fair].tolist(),
    )


def _median(times: npt.NDArray[np.float64]) -> float | None:
    return float(np.median(times)) if len(times) else None
