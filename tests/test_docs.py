"""The docs are not stale, and their links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real import CHECKOUT

PAGES = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")]


def test_the_generated_parts_are_what_would_be_generated_now() -> None:
    check = subprocess.run(
        [sys.executable, CHECKOUT / "tools" / "docs.py", "--check"], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_setting_is_in_the_example() -> None:
    from beadwatch.settings import variables

    example = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    names = set(variables().values())
    assert names == set(re.findall(r"^#(\w+)=", example, re.MULTILINE))


def test_every_make_target_has_help() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = {target for line in re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE) for target in line.split()}
    listed = subprocess.run(["make", "-C", CHECKOUT, "help"], capture_output=True, text=True, check=True).stdout
    assert targets == set(re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE))
