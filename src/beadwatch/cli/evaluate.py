"""`beadwatch evaluate`: what a model can do on labelled pictures, and whether that is a result."""

from pathlib import Path
from typing import Annotated

import typer

from beadwatch.cli.extras import needing


def evaluate(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="tig, surface, or the path of a bundle.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DATA]...",
            help="Data sets by name or hash, or folders of labelled pictures; several are judged as one.",
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="test, valid, train or all. Default: test where there is one, else all.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Judge this many pictures, the same each time.")] = None,
    strangers: Annotated[Path | None, typer.Option(help="A folder of pictures that the model should not know.")] = None,
    answers: Annotated[
        Path | None, typer.Option(help="Instead: the held-out.npz that `beadwatch train --run` kept.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="The task of those answers: tig or surface.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures to this file.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
    run: Annotated[
        Path | None, typer.Option(help="Folder of the training run, whose curves the page then shows.")
    ] = None,
) -> None:
    """Judge a model on labelled pictures: figures with 95 % intervals, and whether they are a result.

    They are none when the model has learned from any picture of the same groups. Exit code 3 when they are not a
    result, so that CI can use it.
    """
    if (answers is None) != (model is not None and bool(data)) or (answers is None and task is not None):
        raise typer.BadParameter("give MODEL and DATA, or --answers FILE with --task TASK")
    if answers is not None and (model or task is None or split or limit or strangers):
        raise typer.BadParameter("--answers needs --task, and takes neither a model nor pictures to choose from")
    with needing("train"):
        from beadwatch.cli.evaluate_run import Asked, Wanted, judge_answers, judge_model

    wanted = Wanted(html, json_file, run)
    if answers is not None and task is not None:
        report = judge_answers(answers, task, wanted)
    else:
        report = judge_model(Asked(str(model), tuple(data or ()), split, limit, strangers), wanted)
    if not report.verdict.is_result:
        raise typer.Exit(3)
