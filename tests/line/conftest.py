"""A broker of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.line.brokers import Mosquitto, mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as running:
        yield running
