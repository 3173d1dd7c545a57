"""`beadwatch train`: from labelled pictures to a bundle."""

from pathlib import Path
from typing import Annotated

import typer

from beadwatch.cli.extras import needing


def train(
    task: Annotated[str, typer.Argument(help="Whose recipe to follow: tig or surface.")],
    data: Annotated[
        list[str], typer.Option(help="A data set's name, a snapshot's hash, or a folder; may be given several times.")
    ],
    out: Annotated[Path, typer.Option(help="The bundle folder to write.")],
    config: Annotated[Path | None, typer.Option(help="YAML file over the recipe.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="One field, such as augment.noise=0.2; over recipe and file.")
    ] = None,
    backbone: Annotated[str | None, typer.Option(help="Any convolutional timm backbone.")] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Backbone weights, a .safetensors file. Default: from timm's hub.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Default: the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of folds, weights and augmentation.")] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds of the grouped cross-validation.")] = 5,
    miss_cost: Annotated[
        float | None, typer.Option(help="How many false alarms a missed finding costs. Default: the best F1.")
    ] = None,
    max_bad: Annotated[float, typer.Option(help="Of the welds it accepts, at most this share may be bad ...")] = 0.05,
    confidence: Annotated[float, typer.Option(help="... certified at this level, by weld.")] = 0.9,
    accept_uncertified: Annotated[
        bool, typer.Option(help="Accept by an empirical rule where too few welds are held out to certify it.")
    ] = True,
    self_training: Annotated[
        bool, typer.Option("--self-training", help="Learn from pictures without a label too, where it is sure of them.")
    ] = False,
    run: Annotated[
        Path | None,
        typer.Option(help="Folder of this run: curves, checkpoints, held-out answers. Killed, it goes on from there."),
    ] = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow tracking URI, or none. Default: mlflow.db in the data folder.")
    ] = None,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
    devices: Annotated[int, typer.Option(min=1, help="Devices in each machine.")] = 1,
    nodes: Annotated[int, typer.Option(min=1, help="Machines; start the command on each, by torchrun.")] = 1,
) -> None:
    """Train a model and export it as a bundle.

    Whole groups are held out in turn to calibrate the model and to measure it; the figures on its card come from there.
    The network that ships is then trained on everything outside the frozen test part.
    """
    with needing("train"):
        from beadwatch.training.calibrate import CalibrationOptions
        from beadwatch.training.config_file import read_config
        from beadwatch.training.fit import Hardware
        from beadwatch.training.guarantee import Risk
        from beadwatch.training.pipeline import RunPlan, TrainingData
        from beadwatch.training.pipeline import train as run_training
    from beadwatch.services.labelled_data import open_labelled
    from beadwatch.settings import load_settings

    flags = {"backbone": backbone, "weights": weights, "epochs": epochs, "seed": seed}
    given = [f"{name}={value}" for name, value in flags.items() if value is not None]
    chosen = read_config(task, config, [*(settings or []), *given])
    installed = load_settings()
    labelled = open_labelled(data, installed)
    wanted = CalibrationOptions(miss_cost, Risk(max_bad, round(1.0 - confidence, 6)), accept_uncertified)
    hardware = Hardware(accelerator, devices, nodes)
    plan = RunPlan(folds, self_training, run, installed.tracking(tracking_uri), hardware, wanted)
    card = run_training(TrainingData(labelled.snapshot, labelled.read), chosen, plan, out)
    if card is None:
        return  # another process of this run reports
    for name, interval in card.metrics.values.items():
        typer.echo(f"{name:40} {interval.value:.3f}  [{interval.low:.3f}, {interval.high:.3f}]")
    typer.echo(card.calibration.promise)
    typer.echo(f"{out}: {card.name} {card.version}; ONNX differs from torch by {card.training['onnx_difference']:.1e}")
