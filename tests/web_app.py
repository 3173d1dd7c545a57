"""A phone app as a build would leave it, small."""

import gzip
from pathlib import Path

PAGE = b"<!doctype html><title>Beadwatch</title>"
FILES = {
    "index.html": PAGE,
    "sw.js": b"// worker",
    "manifest.webmanifest": b"{}",
    "icon.svg": b"<svg/>",
    "assets/app-1a2b.js": b"// the app " * 100,
    "assets/judge-3c4d.mjs": b"// judge",
    "assets/ort-5e6f.wasm": b"\0asm" * 100,
    "assets/style-7a8b.css": b"a{}",
}
PACKED = ["assets/app-1a2b.js", "assets/ort-5e6f.wasm", "index.html"]


def write_web_app(folder: Path) -> Path:
    """Write the built app into a folder, some of its files packed beside the original, and return the folder."""
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for name in PACKED:
        (folder / f"{name}.gz").write_bytes(gzip.compress(FILES[name]))
    return folder
