"""`beadwatch export`: from a finished training run to a bundle, with other runtimes or another calibration."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from beadwatch.cli.extras import needing


def export(
    run: Annotated[Path, typer.Argument(help="The folder of a finished run of `beadwatch train --run`.")],
    data: Annotated[list[str], typer.Option(help="The data that the run was trained on, as it was given there.")],
    out: Annotated[Path, typer.Option(help="The bundle folder to write.")],
    int8: Annotated[bool, typer.Option(help="Make an int8 graph too; it is kept if it is as good, and faster.")] = True,
    tflite: Annotated[bool, typer.Option(help="Make a TFLite graph too, for phones; needs `make tflite`.")] = False,
    miss_cost: Annotated[
        float | None, typer.Option(help="How many false alarms a missed finding costs. Default: the best F1.")
    ] = None,
    max_bad: Annotated[float, typer.Option(help="Of the welds it accepts, at most this share may be bad ...")] = 0.05,
    confidence: Annotated[float, typer.Option(help="... certified at this level, by weld.")] = 0.9,
    accept_uncertified: Annotated[
        bool, typer.Option(help="Accept by an empirical rule where too few welds are held out to certify it.")
    ] = True,
    weights: Annotated[Path | None, typer.Option(help="The backbone weights of the run, for whom to credit.")] = None,
) -> None:
    """Export a finished run as a bundle, without training.

    torch, ONNX and whatever else is made must give the same answers to real pictures, or nothing is written.
    """
    from beadwatch.domain.errors import TrainingError

    with needing("train"):
        from beadwatch.training.calibrate import CalibrationOptions
        from beadwatch.training.continuation import read_earlier
        from beadwatch.training.fit import WEIGHTS_FILE
        from beadwatch.training.guarantee import Risk
        from beadwatch.training.pipeline import RunPlan, TrainingData, train
        from beadwatch.training.run_folder import read_run
    from beadwatch.services.labelled_data import open_labelled
    from beadwatch.settings import load_settings

    identity = read_run(run, weights)
    if not (run / "final" / WEIGHTS_FILE).exists():
        raise TrainingError(f"{run}: the run is not finished; the same `beadwatch train` command goes on with it")
    labelled = open_labelled(data, load_settings())
    if labelled.snapshot.hash != identity.snapshot:
        raise TrainingError(
            f"{run} was trained on snapshot {identity.snapshot[:12]}, but --data is {labelled.snapshot.hash[:12]}"
        )
    wanted = CalibrationOptions(miss_cost, Risk(max_bad, round(1.0 - confidence, 6)), accept_uncertified)
    plan = RunPlan(identity.folds, identity.self_training, run, calibration=wanted, int8=int8, tflite=tflite)
    plan = replace(plan, earlier=read_earlier(run, identity.config.task))
    card = train(TrainingData(labelled.snapshot, labelled.read), identity.config, plan, out)
    assert card is not None  # there is one process
    for name, figures in card.parity["runtimes"].items():
        typer.echo(
            f"{name}: scores differ by {figures['max_score_difference']:.1e} at most, the same classes on "
            f"{figures['agreement']:.1%} of {card.parity['pictures']} real pictures"
        )
    if reason := card.parity.get("int8", {}).get("left_out_because"):
        typer.echo(f"int8 is left out: {reason}")
    typer.echo(card.calibration.promise)
    typer.echo(f"{out}: {card.name} {card.version}")
