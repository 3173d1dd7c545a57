"""What the phone does to a picture before it is kept: metadata off, faces hidden; real files in a real browser."""

import base64
import functools
import http.server
import importlib.util
import io
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Error, Page

from tests.real import CHECKOUT, needs_real_welds, surface_photos

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WEB = CHECKOUT / "clients" / "web"
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; img-src 'self' blob: data:; "
    "connect-src 'self' blob: data:"
)
ORIENTATION, GPS = 0x0112, 0x8825
SECRET = "N 52 31 12.1 E 13 24 17.8"
PROFILE = b"a profile of colours" * 8
TO_TEXT = """async (blob) => new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done([blob.type, reader.result.split(",")[1] ?? ""]);
    reader.readAsDataURL(blob);
})"""

Clean = Callable[[bytes], tuple[str, bytes]]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder under the app's content security policy."""

    def guess_type(self, path: Any) -> str:
        return "text/javascript" if str(path).endswith(".mjs") else super().guess_type(path)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class has
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the page of pictures."""
    npx = shutil.which("npx")
    if npx is None or not (WEB / "node_modules").is_dir():
        pytest.skip("the web app's packages are not installed: `npm ci` in clients/web")
    built = tmp_path_factory.mktemp("pictures")
    command = [
        npx,
        "vite",
        "build",
        "--config",
        "tests/pictures/vite.config.ts",
        "--outDir",
        str(built),
        "--emptyOutDir",
    ]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True)
    return built


@pytest.fixture(scope="module")
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    """Open the page; any complaint in its console fails the test."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    opened = browser.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    try:
        opened.goto(f"http://127.0.0.1:{server.server_port}/")
        opened.wait_for_function("globalThis.pictures")
        yield opened
        assert not complaints
    finally:
        opened.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def clean(page: Page, folder: Path) -> Clean:
    """Return what takes the metadata off a file, and gives its type and bytes."""

    def run(content: bytes) -> tuple[str, bytes]:
        (folder / "picture").write_bytes(content)
        script = f"""async () => {{
            const file = await (await fetch("/picture", {{ cache: "no-store" }})).blob();
            return await ({TO_TEXT})(await pictures.withoutMetadata(file));
        }}"""
        kind, text = page.evaluate(script)
        return kind, base64.b64decode(text)

    return run


def drawing(mode: str = "RGB") -> Image.Image:
    """Return a picture with an up, a down and many colours."""
    across, down = np.meshgrid(np.arange(72), np.arange(40))
    pixels = np.stack([across * 3, down * 6, (across * down) % 256], axis=2).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def with_place(picture: Image.Image, kind: str, orientation: int, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010E] = SECRET
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.1), 29: "2026:01:31"})
    buffer = io.BytesIO()
    picture.save(buffer, kind, exif=exif, **options)
    return buffer.getvalue()


def text_in_png() -> PngInfo:
    info = PngInfo()
    info.add_text("Place", SECRET)
    info.add_itxt("XML:com.adobe.xmp", SECRET)
    return info


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "RGB", {"icc_profile": PROFILE, "comment": SECRET, "xmp": SECRET.encode()}),
        ("JPEG", "RGB", {"progressive": True, "subsampling": 0, "icc_profile": PROFILE}),
        ("JPEG", "RGB", {"keep_rgb": True}),
        ("JPEG", "L", {"restart_marker_rows": 1}),
        ("JPEG", "CMYK", {}),
        ("PNG", "RGB", {"icc_profile": PROFILE, "pnginfo": text_in_png()}),
        ("PNG", "P", {"transparency": 3}),
        ("WEBP", "RGB", {"xmp": SECRET.encode(), "icc_profile": PROFILE}),
        ("WEBP", "RGBA", {"lossless": True, "xmp": SECRET.encode()}),
    ],
)
def test_pixels_and_orientation_stay(clean: Clean, kind: str, mode: str, options: Any, orientation: int) -> None:
    original = with_place(drawing(mode), kind, orientation, **options)
    media_type, content = clean(original)
    assert media_type == f"image/{kind.lower()}"
    assert SECRET.encode() in original
    assert SECRET.encode() not in content
    before, after = Image.open(io.BytesIO(original)), Image.open(io.BytesIO(content))
    assert after.tobytes() == before.tobytes()
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert dict(after.getexif()) == ({ORIENTATION: orientation} if orientation > 1 else {})


@pytest.mark.parametrize("kind", ["GIF", "BMP"])
def test_other_kinds_become_jpeg(clean: Clean, kind: str) -> None:
    buffer = io.BytesIO()
    drawing().save(buffer, kind, **({"comment": SECRET} if kind == "GIF" else {}))
    media_type, content = clean(buffer.getvalue())
    assert media_type == "image/jpeg"
    assert SECRET.encode() not in content
    seen, was = (np.asarray(Image.open(each).convert("L"), float) for each in (io.BytesIO(content), buffer))
    assert np.abs(seen - was).mean() < 8


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_what_is_damaged_is_refused_in_words(clean: Clean, kind: str) -> None:
    content = with_place(drawing(), kind, 1) if kind != "GIF" else b"GIF89a is no picture"
    with pytest.raises(Error, match=r"damaged"):
        clean(content[: len(content) // 2])


def test_what_is_too_large_is_made_to_fit(clean: Clean) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG", compress_level=0)
    assert len(buffer.getvalue()) > 31 * 2**20
    media_type, content = clean(buffer.getvalue())
    assert media_type == "image/jpeg"
    assert len(content) <= 31 * 2**20
    assert Image.open(io.BytesIO(content)).size == (4000, 3000)


def faces_in(page: Page, folder: Path, picture: Path) -> list[dict[str, Any]]:
    shutil.copyfile(picture, folder / "picture")
    script = """async () => {
        globalThis.file = await (await fetch("/picture", { cache: "no-store" })).blob();
        globalThis.faces = await pictures.findFaces(file);
        return faces;
    }"""
    found: list[dict[str, Any]] = page.evaluate(script)
    return found


def test_a_face_is_found_and_hidden(page: Page, folder: Path, tmp_path: Path) -> None:
    package = importlib.util.find_spec("skimage")
    if package is None or package.origin is None:
        pytest.skip("scikit-image, which has a portrait that everybody may use, is not installed")
    portrait = Image.open(Path(package.origin).parent / "data" / "astronaut.png").convert("RGB")
    # On its side, as a phone keeps it: what is hidden must be where the face is seen.
    (tmp_path / "portrait.jpg").write_bytes(with_place(portrait.rotate(90, expand=True), "JPEG", 6, quality=95))
    (face,) = faces_in(page, folder, tmp_path / "portrait.jpg")
    left, top, right, bottom = (round(share * 512) for share in face["box"])
    assert left < 225 < right  # the tip of the nose
    assert top < 115 < bottom
    assert right - left < 130
    kind, text = page.evaluate(f"async () => await ({TO_TEXT})(await pictures.withoutFaces(file, faces))")
    assert kind == "image/jpeg"
    (tmp_path / "hidden.jpg").write_bytes(base64.b64decode(text))
    hidden = Image.open(tmp_path / "hidden.jpg")
    assert not dict(hidden.getexif())
    seen, was = (np.asarray(each.convert("L"), float) for each in (hidden, portrait))
    assert edges(seen[top:bottom, left:right]) < 0.2 * edges(was[top:bottom, left:right])
    assert np.abs(seen[300:] - was[300:]).mean() < 3
    assert faces_in(page, folder, tmp_path / "hidden.jpg") == []


def edges(level: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(np.abs(np.diff(level, axis=0)).mean() + np.abs(np.diff(level, axis=1)).mean())


@needs_real_welds
def test_welds_are_not_taken_for_faces(page: Page, folder: Path) -> None:
    photos = surface_photos()[:: max(1, len(surface_photos()) // 3)][:3]
    assert photos
    assert [photo.name for photo in photos if faces_in(page, folder, photo)] == []


def test_upright_again(clean: Clean) -> None:
    original = with_place(drawing(), "JPEG", 8)
    _, content = clean(original)
    before, after = (ImageOps.exif_transpose(Image.open(io.BytesIO(each))) for each in (original, content))
    assert after.size == before.size == (40, 72)
    assert after.tobytes() == before.tobytes()
