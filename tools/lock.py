"""Writes `requirements/*.txt`: every package of an install, pinned, as constraints that plain pip reads.

Each file covers what its name installs and all below it: core, then core with [train], then everything for tests. Run
it with the Python of the oldest supported version (`make lock`); pip resolves, this only writes the answer down.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"core": "", "train": "[train]", "dev": "[train,dev]"}


def resolve(extras: str) -> dict[str, str]:
    """Return `{package: version}` of a fresh install with these extras."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"]
    report = subprocess.run([*command, f"{ROOT}{extras}"], check=True, capture_output=True, text=True).stdout
    packages = (item["metadata"] for item in json.loads(report[report.index("{") :])["install"])
    # A local label (+cpu) names one build of a version; a constraint must allow the others too.
    return {item["name"].lower(): item["version"].split("+")[0] for item in packages if item["name"] != "beadwatch"}


def main() -> None:
    for name, extras in LOCKS.items():
        pins = resolve(extras)
        lines = [f"# make lock: {len(pins)} packages of beadwatch{extras}\n"]
        lines += [f"{package}=={version}\n" for package, version in sorted(pins.items())]
        (ROOT / "requirements" / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
        print(f"requirements/{name}.txt: {len(pins)} packages")


if __name__ == "__main__":
    main()
