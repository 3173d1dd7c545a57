"""Stand-ins for S3 and Google Cloud Storage on free ports of this machine, and a fresh bucket in each.

The clients are the real s3fs and gcsfs, set up by the variables that a user sets.
"""

import os
import uuid
from collections.abc import Iterator

import fsspec
import pytest

S3_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Run moto's server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="session")
def gcs_endpoint() -> Iterator[str]:
    """Run gcp-storage-emulator."""
    os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"  # read when gcsfs is imported; the emulator has none
    from gcp_storage_emulator.server import create_server

    server = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    yield "http://{}:{}".format(*server._api._httpd.server_address)
    server.stop()


def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away whatever credentials the machine has, and its ways of finding some."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "CLOUDSDK_CONFIG"):
        monkeypatch.setenv(name, "/nowhere")
    for name in ("AWS_EC2_METADATA_DISABLED", "NO_GCE_CHECK"):
        monkeypatch.setenv(name, "true")


@pytest.fixture(params=["s3", "gs"])
def bucket_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a fresh bucket at a stand-in; the settings of the process lead to it."""
    protocol = str(request.param)
    no_credentials(monkeypatch)
    if protocol == "s3":
        settings = {"AWS_ENDPOINT_URL": request.getfixturevalue("s3_endpoint"), **S3_CREDENTIALS}
    else:
        settings = {"STORAGE_EMULATOR_HOST": request.getfixturevalue("gcs_endpoint")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class(protocol).clear_instance_cache()  # an old one may know another endpoint
    bucket = f"beadwatch-{uuid.uuid4().hex[:12]}"
    fsspec.filesystem(protocol).mkdir(bucket)
    return f"{protocol}://{bucket}"
