"""`beadwatch train`: from labelled pictures to a bundle."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    task: Annotated[str, typer.Argument(help="tig or surface.")],
    data: Annotated[list[Path], typer.Option(help="A folder of labelled pictures; may be given several times.")],
    out: Annotated[Path, typer.Option(help="The bundle folder to write.")],
    backbone: Annotated[str | None, typer.Option(help="Any timm backbone. Default: the recipe's.")] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Backbone weights, a .safetensors file. Default: from timm's hub.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Default: the recipe's.")] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds of the grouped cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of splits, weights and augmentation.")] = 0,
    logs: Annotated[Path | None, typer.Option(help="Folder for TensorBoard files and final weights.")] = None,
) -> None:
    """Train a model and export it as a bundle.

    Whole groups are held out in turn to calibrate the model and to measure it; the figures on its card come from there.
    The network that ships is then trained on everything.
    """
    from dataclasses import replace

    from beadwatch.domain.errors import TrainingError

    try:
        from beadwatch.training.config import recipe
        from beadwatch.training.pipeline import train as run
    except ModuleNotFoundError as error:
        raise TrainingError(f"{error.name} is not installed: `pip install beadwatch[train]` brings it") from error
    from beadwatch.datasets.importers import ImportOptions, Problems, read_samples

    default = recipe(task)
    config = replace(
        default, backbone=backbone or default.backbone, weights=weights, epochs=epochs or default.epochs, seed=seed
    )
    samples = [
        sample
        for folder in data
        for sample in read_samples(folder, ImportOptions(source=folder.resolve().name), Problems())
    ]
    card = run(samples, config, folds, out, logs)
    for name, interval in card.metrics.values.items():
        typer.echo(f"{name:40} {interval.value:.3f}  [{interval.low:.3f}, {interval.high:.3f}]")
    typer.echo(f"{out}: {card.name} {card.version}; ONNX differs from torch by {card.training['onnx_difference']:.1e}")
