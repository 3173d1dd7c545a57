"""Training configurations from YAML: the recipes that ship, a file of one's own over them, and `key=value` on top."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from beadwatch.domain.errors import TrainingError
from beadwatch.domain.labels import TASKS
from beadwatch.training.config import TrainConfig

_RECIPES = Path(__file__).with_name("recipes")


def recipe(name: str) -> TrainConfig:
    """Return the recipe of a shipped model.

    Raises:
        TrainingError: no recipe of that name.
    """
    return read_config(name)


def read_config(name: str, file: Path | None = None, settings: Iterable[str] = ()) -> TrainConfig:
    """Return the recipe of that name, changed by a YAML file and then by settings such as `augment.noise=0.2`.

    Raises:
        TrainingError: no recipe of that name, a file that is no YAML mapping, or a field that is unknown or impossible.
    """
    there = sorted(path.stem for path in _RECIPES.glob("*.yaml"))
    if name not in there:
        raise TrainingError(f"no recipe for {name!r}; there are {', '.join(there)}")
    data = _merged(_read(_RECIPES / f"{name}.yaml"), _read(file) if file else {})
    for setting in settings:
        data = _merged(data, _parsed(setting))
    return config_from(data)


def config_from(data: dict[str, Any]) -> TrainConfig:
    """Check plain values, as in a YAML file or a run's folder, and build the configuration.

    Raises:
        TrainingError: a field is missing, unknown or impossible.
    """
    if data.get("task") not in TASKS:
        raise TrainingError(f"task {data.get('task')!r} is none of {', '.join(TASKS)}")
    try:
        return TypeAdapter(TrainConfig).validate_python({**data, "task": TASKS[data["task"]]})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise TrainingError(f"training configuration: {wrong}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrainingError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict):
        raise TrainingError(f"{path}: must be `field: value` lines, as in training/recipes/tig.yaml")
    return data


def _parsed(setting: str) -> dict[str, Any]:
    """Turn `augment.noise=0.2` into `{"augment": {"noise": 0.2}}`."""
    name, equals, text = setting.partition("=")
    if not equals or not name:
        raise TrainingError(f"{setting!r}: give settings as name=value, such as augment.noise=0.2")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TrainingError(f"{setting!r}: cannot be read: {error}") from error
    for part in reversed(name.split(".")):
        value = {part: value}
    data: dict[str, Any] = value
    return data


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
