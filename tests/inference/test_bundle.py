"""A bundle is used only if every file is the one that its card names; all else is a BundleError that names the file."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from beadwatch.domain.errors import BundleError
from beadwatch.domain.labels import SURFACE, TIG, Task
from beadwatch.inference.bundle import Precision, load_bundle
from tests.bundles import golden_pixels, int8_graph, tiny_graph, write_bundle, zipped
from tests.pictures import damaged, encoded

FILES = ["card.json", "golden.png", "model.onnx", "seen.txt"]
SEEN = ["ab" * 32, "cd" * 32]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "tig", seen=SEEN)


@pytest.fixture
def folder_int8(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "both", int8=True)


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 0x20
    file.write_bytes(data)


def rezipped(folder: Path, without: str = "") -> Path:
    if without:
        (folder / without).unlink()
    return zipped(folder)


@pytest.mark.parametrize("task", [TIG, SURFACE], ids=lambda task: task.name)
@pytest.mark.parametrize("pack", [Path, zipped], ids=["folder", "zip"])
def test_whole_bundle_is_read(tmp_path: Path, task: Task, pack: Any) -> None:
    bundle = load_bundle(pack(write_bundle(tmp_path / "b", task, seen=SEEN)))
    assert bundle.card.task == task
    assert bundle.model == tiny_graph(task)
    assert bundle.golden == encoded(golden_pixels())
    assert bundle.seen == {"ab" * 8, "cd" * 8}


@pytest.mark.parametrize("pack", [Path, zipped], ids=["folder", "zip"])
@pytest.mark.parametrize("name", ["golden.png", "model.onnx", "seen.txt"])
@pytest.mark.parametrize("at", [0, -1], ids=["first byte", "last byte"])
def test_one_changed_byte_is_noticed_and_its_file_named(folder: Path, name: str, at: int, pack: Any) -> None:
    flip(folder / name, at)
    with pytest.raises(BundleError, match=rf"{name} is not the file that card\.json names") as refused:
        load_bundle(pack(folder))
    assert str(folder) in str(refused.value)


@pytest.mark.parametrize("name", FILES)
def test_missing_file_of_a_folder_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name} cannot be read: No such file"):
        load_bundle(folder)


def test_path_is_named_once(folder: Path) -> None:
    (folder / "card.json").unlink()
    with pytest.raises(BundleError) as refused:
        load_bundle(folder)
    assert str(refused.value).count(str(folder)) == 1


@pytest.mark.parametrize("name", FILES)
def test_missing_file_of_a_zip_is_named(folder: Path, name: str) -> None:
    with pytest.raises(BundleError, match=f"{name} is not in the zip"):
        load_bundle(rezipped(folder, without=name))


@pytest.mark.parametrize(
    "text",
    ["", "{", "no json", "{'a': 1}", "\x00", '{"schema_version": 1,}', "[" * 100_000],
    ids=["empty", "open", "words", "quotes", "nul", "comma", "deep"],
)
def test_card_that_is_no_json_is_refused(folder: Path, text: str) -> None:
    (folder / "card.json").write_text(text)
    with pytest.raises(BundleError, match=r"card\.json is broken JSON"):
        load_bundle(folder)


def test_card_in_another_encoding_is_refused(folder: Path) -> None:
    (folder / "card.json").write_bytes(b'{"name": "\xff\xfe"}')
    with pytest.raises(BundleError, match=r"card\.json"):
        load_bundle(folder)


@pytest.mark.parametrize("text", ["[]", "null", "5", "{}", '{"schema_version": 1}', '"card"'])
def test_json_that_is_no_card_is_refused_with_the_path(folder: Path, text: str) -> None:
    (folder / "card.json").write_text(text)
    with pytest.raises(BundleError, match=str(folder)):
        load_bundle(folder)


def test_file_outside_the_bundle_is_never_read(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.write_bytes(b"secret")
    card = json.loads((folder / "card.json").read_text())
    card["files"]["../outside"] = "0" * 64
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match="no name of a file beside the card"):
        load_bundle(folder)


def test_file_that_is_a_folder_is_refused(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").mkdir()
    with pytest.raises(BundleError, match=r"model\.onnx cannot be read"):
        load_bundle(folder)


def test_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no such bundle"):
        load_bundle(tmp_path / "nothing")


@pytest.mark.parametrize("data", [b"", b"words", b"PK\x03\x04 cut", bytes(5000)])
def test_file_that_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "b.zip").write_bytes(data)
    with pytest.raises(BundleError, match="neither a bundle folder nor a zip"):
        load_bundle(tmp_path / "b.zip")


def test_zip_with_its_files_in_a_subfolder_is_refused(folder: Path) -> None:
    packed = shutil.make_archive(str(folder.parent / "nested"), "zip", folder.parent, folder.name)
    with pytest.raises(BundleError, match=r"card\.json is not in the zip"):
        load_bundle(Path(packed))


def test_file_that_unpacks_to_too_much_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beadwatch.inference.bundle._MAX_FILE_BYTES", (folder / "card.json").stat().st_size)
    (folder / "golden.png").write_bytes(bytes(1_000_000))
    with pytest.raises(BundleError, match=r"golden\.png unpacks to more than"):
        load_bundle(zipped(folder))


def test_encrypted_zip_is_refused(folder: Path) -> None:
    packed = bytearray(zipped(folder).read_bytes())
    for signature, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = packed.find(signature)
        while start >= 0:
            packed[start + flags_at] |= 1
            start = packed.find(signature, start + 1)
    (folder.parent / "locked.zip").write_bytes(packed)
    with pytest.raises(BundleError, match="cannot be unpacked"):
        load_bundle(folder.parent / "locked.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_damaged_zip_is_refused_or_harmless(folder: Path, method: int) -> None:
    target = folder.parent / "b.zip"
    with zipfile.ZipFile(target, "w", method) as archive:
        for name in FILES:
            archive.write(folder / name, name)
    whole, refused = load_bundle(target), 0
    for data in damaged(target.read_bytes(), variants=150, seed=3):
        target.write_bytes(data)
        try:
            bundle = load_bundle(target)
        except BundleError:
            refused += 1
        else:
            assert (bundle.model, bundle.golden) == (whole.model, whole.golden)
    assert refused > 75


def test_bundle_without_a_list_of_seen_pictures_has_seen_none(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    del card["files"]["seen.txt"]
    (folder / "card.json").write_text(json.dumps(card))
    assert load_bundle(folder).seen == frozenset()


@pytest.mark.parametrize("pack", [Path, zipped], ids=["folder", "zip"])
def test_int8_graph_is_read_where_there_is_one(folder_int8: Path, pack: Any) -> None:
    bundle = load_bundle(pack(folder_int8))
    assert bundle.graph(Precision.INT8) == int8_graph(TIG)
    assert bundle.graph(Precision.FP32) == bundle.model == tiny_graph(TIG)
    assert [bundle.best(wanted) for wanted in Precision] == [Precision.FP32, Precision.INT8]


def test_bundle_without_an_int8_graph_runs_as_fp32_only(folder: Path) -> None:
    bundle = load_bundle(folder)
    assert [bundle.best(wanted) for wanted in Precision] == [Precision.FP32, Precision.FP32]
    with pytest.raises(BundleError, match=r"no model\.int8\.onnx in it: run it with fp32"):
        bundle.graph(Precision.INT8)


def test_changed_int8_graph_is_noticed(folder_int8: Path) -> None:
    flip(folder_int8 / "model.int8.onnx", -1)
    with pytest.raises(BundleError, match=r"model\.int8\.onnx is not the file"):
        load_bundle(folder_int8)


def test_changed_tflite_is_noticed_though_nothing_here_runs_it(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["files"]["model.tflite"] = "0" * 64
    (folder / "card.json").write_text(json.dumps(card))
    (folder / "model.tflite").write_bytes(b"other")
    with pytest.raises(BundleError, match=r"model\.tflite is not the file"):
        load_bundle(folder)


def test_int8_graph_without_golden_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"does not say what model\.int8\.onnx makes of the golden input"):
        load_bundle(write_bundle(tmp_path / "b", int8=True, other_goldens={}))


@pytest.mark.parametrize("pack", [Path, zipped], ids=["folder", "zip"])
def test_device_gets_the_float_graph_and_the_golden_picture(folder_int8: Path, pack: Any) -> None:
    files = load_bundle(pack(folder_int8)).device_files
    assert files.sizes == {"model.onnx": len(tiny_graph(TIG)), "golden.png": len(encoded(golden_pixels()))}
    assert files.read("model.onnx") == tiny_graph(TIG)
    assert files.read("golden.png") == encoded(golden_pixels())
    for name in ("model.int8.onnx", "seen.txt", "card.json", "../both/model.onnx"):
        with pytest.raises(KeyError):
            files.read(name)


@pytest.mark.parametrize("pack", [Path, zipped], ids=["folder", "zip"])
def test_file_that_changed_after_loading_is_not_handed_out(folder: Path, pack: Any) -> None:
    files = load_bundle(pack(folder)).device_files
    flip(folder / "model.onnx", 0)
    pack(folder)
    with pytest.raises(BundleError, match=r"model\.onnx is not the file"):
        files.read("model.onnx")
    assert files.read("golden.png") == encoded(golden_pixels())
    shutil.rmtree(folder)
    folder.with_name("tig.zip").unlink(missing_ok=True)
    with pytest.raises(BundleError, match="no such bundle"):
        files.read("golden.png")
