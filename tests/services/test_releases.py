"""A station's models follow the channel; what is refused is told of and leaves what was there."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from beadwatch.domain.errors import ReleaseError, SettingsError
from beadwatch.server.application import create_app
from beadwatch.services.releases import ReleaseFollower, open_channel
from beadwatch.services.station import Station
from beadwatch.settings import load_settings
from beadwatch.storage.files import open_files
from beadwatch.storage.release_channel import ReleaseChannel
from beadwatch.storage.release_signing import Signer, make_keys
from beadwatch.wiring import build_station
from tests.bundles import write_bundle
from tests.pictures import png
from tests.releases import bundle, lying_bundle
from tests.stations import HERE
from tests.waiting import until

FORCED = {"name": "rosa", "reason": "a test"}
pytestmark = pytest.mark.usefixtures("models_dir")


@pytest.fixture
def channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReleaseChannel:
    monkeypatch.setenv("BEADWATCH_RELEASES_URL", str(tmp_path / "channel"))
    return open_channel(load_settings())


Publish = Callable[[str], None]


@pytest.fixture
def publish(channel: ReleaseChannel, tmp_path: Path) -> Publish:
    """Return a function that publishes a tiny bundle of that version."""
    return lambda version: force(channel, bundle(tmp_path / "bundles", version))


def force(channel: ReleaseChannel, path: Path) -> None:
    channel.publish(path, "tig", "rosa", {}, FORCED)


def version(station: Station) -> str:
    return station.models.ready["tig"].card.version


def refusals(station: Station) -> dict[str, str]:
    return {name: str(error) for name, error in station.models.refused.items()}


def follower(station: Station) -> ReleaseFollower:
    assert station.follower is not None
    return station.follower


def test_without_a_channel_nothing_is_followed() -> None:
    with closing(build_station(load_settings())) as station:
        assert station.follower is None
        with TestClient(create_app(station), base_url=HERE) as client:
            assert client.get("/readyz").status_code == 200
    with pytest.raises(SettingsError, match="BEADWATCH_RELEASES_URL"):
        open_channel(load_settings())


def test_an_empty_channel_leaves_the_models_folder(channel: ReleaseChannel) -> None:
    with closing(build_station(load_settings())) as station:
        assert (version(station), refusals(station)) == ("tig-1", {})


def test_releases_replace_the_folders_model_of_their_task_at_start_and_later(publish: Publish) -> None:
    publish("tig-2")
    with closing(build_station(load_settings())) as station:
        assert {task: model.card.version for task, model in station.models.ready.items()} == {
            "tig": "tig-2",
            "surface": "surface-1",
        }
        publish("tig-3")
        held = station.models
        follower(station).follow()
        assert version(station) == "tig-3"
        assert held.ready["tig"].card.version == "tig-2", "a request that has begun keeps what it has"


def test_going_back_is_followed_and_old_folders_are_cleared(
    channel: ReleaseChannel, publish: Publish, tmp_path: Path
) -> None:
    publish("tig-2")
    with closing(build_station(load_settings())) as station:
        for name in ("tig-3", "tig-4", "tig-5"):
            publish(name)
            follower(station).follow()
        channel.rollback("tig", "ada", "bad")
        follower(station).follow()
        assert version(station) == "tig-4"
        folders = [path for path in (tmp_path / "data" / "releases" / "tig").iterdir() if path.is_dir()]
        assert len(folders) == 2


def refuse_golden(channel: ReleaseChannel, folder: Path) -> None:
    force(channel, lying_bundle(folder))


def refuse_hash(channel: ReleaseChannel, folder: Path) -> None:
    """Release something whole, then damage it where it lies."""
    force(channel, write_bundle(folder, version="tig-bad", seen=["ab" * 32]))
    files = open_files(load_settings().releases_url or "")
    release = channel.current("tig")
    assert release is not None
    digest = release.files["seen.txt"]
    files.write(f"objects/{digest[:2]}/{digest}", b"altered")


@pytest.mark.parametrize(
    ("refuse", "says"), [(refuse_golden, "golden check failed"), (refuse_hash, "seen.txt of tig-bad")]
)
def test_a_refused_release_leaves_the_old_one_and_is_told_of(
    channel: ReleaseChannel, publish: Publish, tmp_path: Path, refuse: Callable[[ReleaseChannel, Path], None], says: str
) -> None:
    publish("tig-2")
    with closing(build_station(load_settings())) as station:
        refuse(channel, tmp_path / "bundles" / "bad")
        for _ in range(2):
            follower(station).follow()
        assert version(station) == "tig-2"
        client = TestClient(create_app(station), base_url=HERE)
        (told,) = client.get("/v1/models").json()["refused"]
        assert told["bundle"] == "tig:release"
        assert says in told["message"]
        assert client.get("/readyz").status_code == 200
    with closing(build_station(load_settings())) as station:  # a restart has what answered last
        assert version(station) == "tig-2"
        assert says in refusals(station)["tig:release"]
        channel.rollback("tig", "ada", "bad")
        follower(station).follow()
        assert (version(station), refusals(station)) == ("tig-2", {})


def test_a_refused_release_is_fetched_once(channel: ReleaseChannel, tmp_path: Path) -> None:
    refuse_golden(channel, tmp_path / "bundles" / "bad")
    loads: list[Path] = []
    with closing(build_station(load_settings())) as station:
        following = follower(station)
        load = following._load

        def counted(path: Path) -> Any:
            loads.append(path)
            return load(path)

        following._load = counted
        for _ in range(3):
            following.follow()
        assert (version(station), loads) == ("tig-1", [])


def test_a_task_whose_only_model_is_a_refused_release_is_503(
    channel: ReleaseChannel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEADWATCH_MODELS_DIR", str(tmp_path / "none"))
    refuse_golden(channel, tmp_path / "bundles" / "bad")
    with closing(build_station(load_settings())) as station:
        client = TestClient(create_app(station), base_url=HERE)
        answer = client.get("/v1/bundles/tig")
        assert (answer.status_code, answer.json()["error"]["type"]) == (503, "BundleError")
        assert client.get("/readyz").status_code == 503


def test_a_channel_that_cannot_be_reached_leaves_what_was_there_even_at_start(
    publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("tig-2")
    with closing(build_station(load_settings())) as station:
        (tmp_path / "channel").rename(tmp_path / "away")
        (tmp_path / "channel").write_text("no folder")
        follower(station).follow()
        assert version(station) == "tig-2"
        assert set(refusals(station)) == {"releases"}
    with closing(build_station(load_settings())) as station:
        assert version(station) == "tig-2"
        assert set(refusals(station)) == {"releases"}
        (tmp_path / "channel").unlink()
        (tmp_path / "away").rename(tmp_path / "channel")
        publish("tig-3")
        follower(station).follow()
        assert (version(station), refusals(station)) == ("tig-3", {})


def test_a_data_folder_that_cannot_be_written_is_told_of(publish: Publish, tmp_path: Path) -> None:
    publish("tig-2")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "releases").write_text("no folder")
    with closing(build_station(load_settings())) as station:
        assert version(station) == "tig-1"
        assert "cannot be written" in refusals(station)["releases"]
        (tmp_path / "data" / "releases").unlink()
        follower(station).follow()
        assert (version(station), refusals(station)) == ("tig-2", {})


@pytest.mark.parametrize("damage", ["taken.json", "model.onnx"])
def test_what_was_kept_and_is_damaged_is_fetched_anew(publish: Publish, tmp_path: Path, damage: str) -> None:
    publish("tig-2")
    build_station(load_settings()).close()
    (path,) = (tmp_path / "data" / "releases").rglob(damage)
    path.write_bytes(b"damaged")
    with closing(build_station(load_settings())) as station:
        assert (version(station), refusals(station)) == ("tig-2", {})


def test_only_signed_releases_are_taken_where_a_key_is_set(
    channel: ReleaseChannel, publish: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = make_keys(tmp_path / "keys")
    monkeypatch.setenv("BEADWATCH_VERIFY_KEY", str(public))
    publish("tig-2")
    with closing(build_station(load_settings())) as station:
        assert version(station) == "tig-1"
        assert "is not signed" in refusals(station)["tig:release"]
        signing = ReleaseChannel(open_files(str(tmp_path / "channel")), Signer(private))
        force(signing, bundle(tmp_path / "bundles", "tig-3"))
        follower(station).follow()
        assert (version(station), refusals(station)) == ("tig-3", {})
    monkeypatch.setenv("BEADWATCH_VERIFY_KEY", str(private))
    with pytest.raises(ReleaseError, match="no public ed25519 key"):
        build_station(load_settings())


def test_the_application_follows_while_it_runs_and_devices_hear_of_it(publish: Publish) -> None:
    with closing(build_station(load_settings())) as station:
        follower(station)._interval_s = 0.02
        with TestClient(create_app(station), base_url=HERE) as client:
            tag = client.get("/v1/bundles/tig").headers["etag"]
            assert client.get("/v1/bundles/tig", headers={"If-None-Match": tag}).status_code == 304
            publish("tig-2")
            until(lambda: version(station) == "tig-2")
            told = client.get("/v1/bundles/tig", headers={"If-None-Match": tag})
            assert (told.status_code, told.json()["version"]) == (200, "tig-2")
            assert client.get("/v1/bundles/tig/tig-2/model.onnx").status_code == 200
            assert client.get("/v1/bundles/tig/tig-1/model.onnx").status_code == 404
            files = {"image": ("a.png", png(), "image/png")}
            made = client.post("/v1/inspections", data={"task": "tig"}, files=files).json()
            assert made["model_version"] == "tig-2"
            thread = follower(station)._thread
            assert thread is not None
            assert thread.is_alive()
        assert not thread.is_alive(), "it ends with the application"


def test_following_survives_the_unexpected(
    publish: Publish, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(build_station(load_settings())) as station:
        following = follower(station)
        following._interval_s = 0.02
        with monkeypatch.context() as patched:
            patched.setattr(ReleaseChannel, "tasks", lambda _self: json.loads("broken"))
            following.start()
            until(lambda: "tried again" in caplog.text)
        publish("tig-2")
        until(lambda: version(station) == "tig-2")
        following.stop()
