"""Cameras of the network on free ports of this machine, which can be unplugged and plugged in again."""

import base64
import contextlib
import io
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

_PYTHON_WITH_GI = Path("/usr/bin/python3")
_RTSP = """
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(sys.argv[2])
factory.set_shared(True)
server.get_mount_points().add_factory("/weld", factory)
if not server.attach(None):
    sys.exit("the port is taken")
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
"""


class MjpegCamera:
    """Sends JPEG pictures one after the other, each greyer than the one before; `port` is the same after a restart."""

    def __init__(
        self, width: int = 160, height: int = 120, port: int = 0, mode: str = "RGB", limit: int = 10**9
    ) -> None:
        self.width, self.height, self.mode, self.limit = width, height, mode, limit
        self.damaged: frozenset[int] = frozenset()
        self.password: str | None = None
        self.interval_s = 0.02
        self.connections = 0
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler_of(self))
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "MjpegCamera":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/video"

    def unplug(self) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()  # waits for the connections, which see that it is stopping

    @property
    def head(self) -> bytes:
        """The answer's header."""
        return b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"

    def send(self, write: "io.BufferedIOBase") -> None:
        for number in range(self.limit):
            if self._stopping.is_set():
                return
            data = self.picture(number)
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            write.write(head.encode() + data + b"\r\n")
            write.flush()
            self._stopping.wait(self.interval_s)
        self._stopping.wait()  # frozen: connected, but silent

    def picture(self, number: int) -> bytes:
        pixels = np.full((self.height, self.width), number % 64 * 4, np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).convert(self.mode).save(buffer, "JPEG", quality=95)
        data = buffer.getvalue()
        return data[:20] + bytes(len(data) - 20) if number in self.damaged else data


@dataclass(frozen=True)
class Manner:
    """How a camera writes its multipart stream; the defaults are what the standard says."""

    boundary: str = "frame"  # as the header names it
    delimiter: str = "--frame"
    first_delimiter: bool = True
    line_end: str = "\r\n"
    part_type: str | None = "image/jpeg"
    length: bool = True
    chunked: bool = False
    version: str = "1.1"


class MannerlyCamera(MjpegCamera):
    """Sends the pictures of an `MjpegCamera` in a manner of its own."""

    def __init__(self, manner: Manner) -> None:
        super().__init__()
        self.manner = manner

    @property
    def head(self) -> bytes:
        """The answer's header."""
        how = "Transfer-Encoding: chunked\r\n" if self.manner.chunked else ""
        kind = f"multipart/x-mixed-replace; boundary={self.manner.boundary}"
        return f"HTTP/{self.manner.version} 200 OK\r\nContent-Type: {kind}\r\n{how}\r\n".encode()

    def send(self, write: "io.BufferedIOBase") -> None:
        manner, number = self.manner, 0
        while not self._stopping.wait(self.interval_s):
            data, head = self.picture(number), []
            if number or manner.first_delimiter:
                head.append(manner.delimiter)
            if manner.part_type:
                head.append(f"Content-Type: {manner.part_type}")
            if manner.length:
                head.append(f"Content-Length: {len(data)}")
            end = manner.line_end
            part = (end.join(head) + end + end).encode() + data + end.encode()
            write.write(f"{len(part):x}\r\n".encode() + part + b"\r\n" if manner.chunked else part)
            write.flush()
            number += 1


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    allow_reuse_address = True


def _handler_of(camera: MjpegCamera) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if camera.password and _password_in(self.headers.get("Authorization", "")) != camera.password:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                self.end_headers()
                return
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/video")
                self.end_headers()
                return
            camera.connections += 1
            self.wfile.write(camera.head)
            with contextlib.suppress(OSError):
                camera.send(self.wfile)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _password_in(authorization: str) -> str:
    return base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")[2]


@contextlib.contextmanager
def silent_peer() -> Iterator[int]:
    """Accept connections and say nothing: the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@contextlib.contextmanager
def rtsp_server(port: int = 0, width: int = 320, height: int = 240) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run GStreamer's RTSP server with a test picture: its address and its process."""
    command = [str(_PYTHON_WITH_GI), "-c", _RTSP, str(port), pipeline(width, height)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        bound = process.stdout.readline().strip()
        assert bound, process.communicate()[1]
        yield f"rtsp://127.0.0.1:{bound}/weld", process
    finally:
        process.kill()
        process.communicate()


def pipeline(width: int, height: int) -> str:
    size = f"video/x-raw,format=I420,width={width},height={height},framerate=25/1"
    return f"( videotestsrc is-live=true pattern=ball ! {size} ! jpegenc ! rtpjpegpay name=pay0 )"


def _has_rtsp_server() -> bool:
    if not _PYTHON_WITH_GI.exists():
        return False
    probe = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    return subprocess.run([str(_PYTHON_WITH_GI), "-c", probe], capture_output=True, check=False).returncode == 0


def skip_without_rtsp_server() -> None:
    """Skip the test that asks."""
    if not _has_rtsp_server():
        pytest.skip("no RTSP server: install python3-gi, gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-good")
