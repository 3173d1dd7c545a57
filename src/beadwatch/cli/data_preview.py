"""`beadwatch data preview`: a contact sheet of a data set and of what training makes of it."""

from pathlib import Path

import typer

from beadwatch.cli.extras import needing
from beadwatch.domain.errors import DatasetError


def run_preview(data: str, out: Path, recipe: tuple[str, Path | None, list[str]], each: int) -> None:
    """Write the contact sheet; `recipe` is a recipe's name, a YAML file over it, and settings over both."""
    with needing("train"):
        from beadwatch.training.config_file import read_config
        from beadwatch.training.preview import preview_sections
    from beadwatch.imaging.contact_sheet import contact_sheet
    from beadwatch.services.labelled_data import open_labelled
    from beadwatch.settings import load_settings

    config = read_config(*recipe)
    labelled = open_labelled([data], load_settings())
    records = [record for record in labelled.snapshot.records if record.split != "test"]
    sheet = contact_sheet(preview_sections(records, labelled.read, config, each))
    aside = out.with_name(f".{out.name}.part")
    try:
        aside.write_bytes(sheet)
        aside.replace(out)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise DatasetError(f"{out}: cannot be written: {error.strerror}") from error
    typer.echo(f"{out}: the frozen test part is left out, no file of the set was changed", err=True)
