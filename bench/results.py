"""Writes docs/results.md from scratch: both models, two baselines, and a peer, on the same pictures by the same rules.

Imports and splits the sets in `DATA`, trains what is not trained yet (run folders go on where they were), evaluates
by `beadwatch evaluate --json`, and writes the page. Everything lies in `WORK`; delete it to start from nothing. Hours
on two cores from nothing, minutes where the runs are there. Prints where it is; asserts nothing.

The earlier projects' recipe is a frozen ResNet50 with a two-layer head. Its ImageNet weights are not to be had offline:
without `RESNET50` (a safetensors file) it runs with random weights, and the page says so. `--quick` leaves it out for
`surface`, where it takes minutes.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cost import costs
from peer import peer_rows
from resnet50 import frozen_resnet50

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
DATA = Path(os.environ.get("DATA", SHARED / "data"))
WEIGHTS = Path(os.environ.get("WEIGHTS", SHARED / "backbones" / "mobilenetv2_100.imagenet.safetensors"))
RESNET50 = os.environ.get("RESNET50")
WORK = Path(os.environ.get("WORK", ROOT / "var" / "results"))
MODELS = Path(os.environ.get("MODELS", ROOT / "models"))
SETS = {"tig": ["ss304"], "surface": ["weld-quality", "background"]}
FOLDS = {"tig": 5, "surface": 4}
COLUMNS = {
    "macro_recall": "macro recall",
    "macro_auc": "macro AUC",
    "macro_average_precision": "mAP",
    "ece": "ECE",
    "errors_left_at_90_coverage": "errors left at 90 % coverage",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what was judged, and its report as `beadwatch evaluate --json` gives it."""

    name: str
    report: dict[str, Any]
    note: str = ""


def beadwatch(*arguments: str | Path, allow: tuple[int, ...] = (0,)) -> None:
    """Run one command of the project, its output shown."""
    command = [str(Path(sys.executable).with_name("beadwatch")), *map(str, arguments)]
    print("$ beadwatch", *arguments, flush=True)
    environment = os.environ | {"BEADWATCH_DATA_DIR": str(WORK / "data")}
    code = subprocess.run(command, env=environment, check=False).returncode
    if code not in allow:
        raise SystemExit(f"stopped: exit code {code}")


def import_sets() -> None:
    """Import the sets and freeze a test part of the photos; ss304 has too few runs of a class to give any away."""
    for name in ("ss304", "weld-quality", "background"):
        if (WORK / "data" / "datasets" / "names" / f"{name}.json").exists():
            continue
        beadwatch("data", "import", DATA / name, "--name", name)
        if name != "ss304":
            beadwatch("data", "split", name, "--again", "--train", "0.9", "--valid", "0", "--test", "0.1")


def train(task: str, name: str, *settings: str) -> Path:
    """Train one recipe; return its run folder."""
    run = WORK / "runs" / name
    if not (run / "bundle" / "card.json").exists():
        data = [part for each in SETS[task] for part in ("--data", each)]
        beadwatch("train", task, *data, "--weights", WEIGHTS, "--folds", str(FOLDS[task]), "--run", run,
                  "--out", run / "bundle", *[part for each in settings for part in ("--set", each)])  # fmt: skip
    return run


def held_out_report(task: str, answers: Path) -> dict[str, Any]:
    """Return the report of cross-validated answers."""
    file = WORK / "reports" / f"{answers.parent.name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    beadwatch("evaluate", "--answers", answers, "--task", task, "--json", file, "--html", file.with_suffix(".html"))
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return report


def test_report(bundle: Path, data: list[str]) -> dict[str, Any]:
    """Return the report of a bundle on the frozen test part."""
    file = WORK / "reports" / f"{bundle.name}-test.json"
    beadwatch("evaluate", bundle, *data, "--split", "test", "--json", file, "--html", file.with_suffix(".html"))
    report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return report


def table(rows: list[Row]) -> str:
    """Return rows as Markdown, figures with their intervals."""
    lines = ["| what | " + " | ".join(COLUMNS.values()) + " | is it a result |", "| --- " * (len(COLUMNS) + 2) + "|"]
    for row in rows:
        figures = row.report["figures"]
        cells = [_cell(figures.get(name)) for name in COLUMNS]
        lines.append(f"| {row.name} | {' | '.join(cells)} | {'yes' if row.report['is_result'] else 'no'} |")
    return "\n".join(lines)


def _cell(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    if figure["low"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def classes(report: dict[str, Any]) -> str:
    """Return the figures of each class as Markdown."""
    lines = ["| class | recall | precision | AUC | average precision |", "| --- | --- | --- | --- | --- |"]
    for label in report["labels"]:
        cells = [
            _cell(report["figures"].get(f"{name}/{label}"))
            for name in ("recall", "precision", "auc", "average_precision")
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Do all of it and write the page."""
    import_sets()
    sections = []
    for task in SETS:
        run = train(task, task)
        linear = (
            train(task, f"{task}-linear", "method=linear") if task == "tig" else None
        )  # bench/few_labels.py has both
        quick = task == "surface" and "--quick" in sys.argv
        resnet = None if quick else frozen_resnet50(run / "held-out.npz", WORK, task, RESNET50)
        weights = Path(RESNET50).name if RESNET50 else "random weights"
        main_report = held_out_report(task, run / "held-out.npz")
        rows = [
            Row("**this recipe**", main_report),
            *(
                [Row("the same backbone frozen, linear head", held_out_report(task, linear / "held-out.npz"))]
                if linear
                else []
            ),
            *([Row(f"frozen ResNet50 ({weights}), two-layer head", held_out_report(task, resnet))] if resnet else []),
        ]
        sections += [f"## `{task}`, grouped {FOLDS[task]}-fold cross-validation", table(rows), classes(main_report)]
    surface = test_report(MODELS / "surface", SETS["surface"])
    sections += ["## `surface`, the bundle that ships, on the frozen test part"]
    sections += [table([Row("`models/surface`", surface)]), classes(surface)]
    sections += [
        "## A peer on the same pictures",
        peer_rows(WORK, SETS["surface"]),
        "## Accuracy, size and time",
        costs(MODELS, list(SETS)),
    ]
    head = (ROOT / "bench" / "results.head.md").read_text(encoding="utf-8")
    page = f"{head}\n" + "\n\n".join(sections) + "\n"
    (ROOT / "docs" / "results.md").write_text(page, encoding="utf-8")
    print("docs/results.md written")


if __name__ == "__main__":
    main()
