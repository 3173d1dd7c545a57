"""The classes that models tell apart, and the two tasks that ship.

Knows for each class what it says about the weld, the strongest verdict it can carry, its usual cause and remedy.
Does not know thresholds: those belong to a trained model and stand on its card.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from beadwatch.domain import imperfections as iso
from beadwatch.domain.imperfections import Condition, Imperfection


class Disposition(StrEnum):
    """What is to happen with the weld. REVIEW means that a person has to look."""

    ACCEPT = "accept"
    REJECT = "reject"
    REVIEW = "review"


class TaskKind(StrEnum):
    """Whether exactly one class holds for a picture, or any number of them."""

    SINGLE_LABEL = "single_label"
    MULTI_LABEL = "multi_label"


@dataclass(frozen=True, slots=True)
class ClassLabel:
    """One class of a task.

    `verdict` is the strongest disposition that a sure finding of this class justifies on its own, and `why` says
    so in words for a report. A finding whose ISO 5817 limit is a length in millimetres can be no more than REVIEW,
    since a picture without scale does not give millimetres. `excludes_others` marks the classes that contradict any
    finding beside them: a good weld, and no weld at all.
    """

    name: str
    verdict: Disposition
    why: str
    finding: Imperfection | Condition | None = None
    cause: str = ""
    remedy: str = ""
    excludes_others: bool = False

    @property
    def is_good(self) -> bool:
        """Whether this class says that the weld is good."""
        return self.verdict is Disposition.ACCEPT


@dataclass(frozen=True, slots=True)
class Task:
    """A question that a model answers: its name, its kind and its classes in the order of the model's outputs."""

    name: str
    kind: TaskKind
    title: str
    labels: tuple[ClassLabel, ...]

    @property
    def label_names(self) -> tuple[str, ...]:
        """The class names, in the order of the model's outputs."""
        return tuple(label.name for label in self.labels)

    def makes_sense(self, labels: Collection[str]) -> bool:
        """Say whether a picture can show exactly these classes: there are some, and none excludes another."""
        if self.kind is TaskKind.SINGLE_LABEL:
            return len(labels) == 1
        alone = any(label.excludes_others for label in self.labels if label.name in labels)
        return len(labels) == 1 or (len(labels) > 1 and not alone)


GOOD_WELD = ClassLabel("good weld", Disposition.ACCEPT, "no imperfection seen", excludes_others=True)
GOOD_WELDING = ClassLabel("good welding", Disposition.ACCEPT, "no imperfection seen", excludes_others=True)
BACKGROUND = ClassLabel(
    "background",
    Disposition.REVIEW,
    "no weld in the picture",
    remedy="point the camera at the weld and fill the frame with it",
    excludes_others=True,
)
BAD_WELDING = ClassLabel(
    "bad welding",
    Disposition.REJECT,
    "the weld looks badly made as a whole",
    cause="several faults at once: irregular bead, poor preparation or parameters",
    remedy="have an inspector name the imperfections; check preparation, parameters and technique",
)
BURN_THROUGH = ClassLabel(
    "burn through",
    Disposition.REJECT,
    "not permitted at any quality level (ISO 5817)",
    finding=iso.BURN_THROUGH,
    cause="too much heat input, or a wide gap",
    remedy="less current, more speed, backing",
)
CONTAMINATION = ClassLabel(
    "contamination",
    Disposition.REVIEW,
    "its limit is a length in millimetres, which a picture without scale cannot give (ISO 5817)",
    finding=iso.SOLID_INCLUSION,
    cause="dirty plate or filler, or the electrode touched the pool",
    remedy="clean, regrind the electrode",
)
LACK_OF_FUSION = ClassLabel(
    "lack of fusion",
    Disposition.REJECT,
    "not permitted at quality levels B and C (ISO 5817)",
    finding=iso.LACK_OF_FUSION,
    cause="low heat, too fast, wrong torch angle, or oxide",
    remedy="more heat, slower, clean",
)
LACK_OF_SHIELDING_GAS = ClassLabel(
    "lack of shielding gas",
    Disposition.REVIEW,
    "a process condition, likely to cause temper colour and pores",
    finding=iso.NO_SHIELDING_GAS,
    cause="leak, draught or wrong flow",
    remedy="fix leaks, set the flow, screen off draughts",
)
HIGH_TRAVEL_SPEED = ClassLabel(
    "high travel speed",
    Disposition.REVIEW,
    "a process condition, likely to cause undercut, underfill or lack of penetration",
    finding=iso.HIGH_TRAVEL_SPEED,
    cause="torch travels too fast for the heat input",
    remedy="slow down",
)
CRACK = ClassLabel(
    "crack",
    Disposition.REJECT,
    "never permitted at any quality level (ISO 5817)",
    finding=iso.CRACK,
    cause="restraint, hydrogen, or an unfilled crater",
    remedy="preheat, fill the crater",
)
EXCESS_REINFORCEMENT = ClassLabel(
    "excess reinforcement",
    Disposition.REVIEW,
    "its limit is a height in millimetres, which a picture without scale cannot give (ISO 5817)",
    finding=iso.EXCESS_WELD_METAL,
    cause="high current or slow travel",
    remedy="speed up; measure the height with a weld gauge",
)
POROSITY = ClassLabel(
    "porosity",
    Disposition.REVIEW,
    "its limit is a diameter in millimetres, which a picture without scale cannot give (ISO 5817)",
    finding=iso.POROSITY,
    cause="contamination or poor gas cover",
    remedy="clean, fix the gas supply; measure the largest pore",
)
SPATTERS = ClassLabel(
    "spatters",
    Disposition.REVIEW,
    "acceptance depends on the application (ISO 5817)",
    finding=iso.SPATTER,
    cause="arc length, parameters or gas",
    remedy="tune arc length, parameters and gas; remove the spatter",
)

TIG = Task(
    "tig",
    TaskKind.SINGLE_LABEL,
    "TIG process camera",
    (GOOD_WELD, BURN_THROUGH, CONTAMINATION, LACK_OF_FUSION, LACK_OF_SHIELDING_GAS, HIGH_TRAVEL_SPEED),
)
SURFACE = Task(
    "surface",
    TaskKind.MULTI_LABEL,
    "photo of a finished weld",
    (BACKGROUND, BAD_WELDING, CRACK, EXCESS_REINFORCEMENT, GOOD_WELDING, POROSITY, SPATTERS),
)
TASKS: Mapping[str, Task] = {task.name: task for task in (TIG, SURFACE)}
_KNOWN = {label.name: label for task in TASKS.values() for label in task.labels}


def label_named(name: str) -> ClassLabel:
    """Return the class of that name; a class that Beadwatch does not know is a finding for a person to review."""
    return _KNOWN.get(name) or ClassLabel(name, Disposition.REVIEW, "a class that only a person can judge")
