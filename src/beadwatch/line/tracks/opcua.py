"""A position from a machine's OPC UA server: its nodes are subscribed to, in a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from asyncua import ua
from asyncua.client.client import Client
from asyncua.common.node import Node
from asyncua.common.subscription import DataChangeNotif
from asyncua.ua.uaerrors import UaError

from beadwatch.domain.addresses import in_url
from beadwatch.domain.errors import TrackError
from beadwatch.domain.position import Position
from beadwatch.line.tracks.poses import PoseBuffer, parse_pose
from beadwatch.line.trouble import Trouble

NAMES = {"along": "along_mm", "x": "x_mm", "y": "y_mm", "z": "z_mm", "layer": "layer", "bead": "bead"}
_PUBLISH_MS = 10.0
_TOGETHER_S = 0.003  # values of one moment arrive one by one: a point of old x and new y was never on the path
_BEAT_S = 0.1  # nothing is sent of a machine that stands still; only asking tells that from one that is gone
_PATIENCE_S = 4.0
_RETRY_S = 1.0
_STOP_CHECK_S = 0.05


class OpcUaTrack:
    """Positions from nodes of an OPC UA server. Connects in the background, and again whenever the server is gone.

    `problem` says why there is no connection now, None while there is one. `bad` counts values that were none.
    """

    def __init__(self, address: str) -> None:
        """Take an address `opc.tcp://host:4840/path?x=ns=2;s=X&y=ns=2;s=Y&z=ns=2;s=Z`; names: see `NAMES`.

        Raises:
            TrackError: it is no such address, names no node, or one that is none.
        """
        try:
            parts = urlsplit(address)
            port = parts.port or 4840
        except ValueError:
            raise TrackError("the track's address is none: write opc.tcp://host:4840/?x=ns=2;s=X") from None
        if parts.scheme != "opc.tcp" or not parts.hostname:
            raise TrackError("the track's address names no OPC UA server: write opc.tcp://host:4840/?x=ns=2;s=X")
        self._url = f"opc.tcp://{in_url(parts.hostname)}:{port}{parts.path}"
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._nodes = _nodes(self._url, parts.query)
        self.description = self._url
        self.problem: str | None = "not connected yet"
        self.bad = 0
        self._trouble = Trouble(self._url)
        self._values: dict[str, Any] = {}
        self._changed_s: float | None = None  # when the values changed that are not kept yet
        self._kept_s = 0.0
        self._poses = PoseBuffer()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Connect in the background."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="opcua track", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Disconnect."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2 * _PATIENCE_S)
            self._thread = None

    def start(self, monotonic_s: float) -> None:
        """Count elapsed time and path from this moment."""
        self._poses.start(monotonic_s)

    def at(self, elapsed_s: float) -> Position:
        """Return the position `elapsed_s` seconds after the start; unknown while the server is away."""
        return self._poses.at(elapsed_s)

    def _run(self) -> None:
        asyncio.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        following = asyncio.create_task(self._follow_again_and_again())
        while not self._stopping.is_set():
            await asyncio.sleep(_STOP_CHECK_S)
        following.cancel()
        await asyncio.wait([following], timeout=_PATIENCE_S)

    async def _follow_again_and_again(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 - the thread's edge: whatever fails, it is tried again
                self.problem = f"{self._url}: {str(error) or type(error).__name__}"
                self._trouble.begin(TrackError(self.problem))
            self._values.clear()
            await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        client = Client(self._url, timeout=_PATIENCE_S)
        if self._login:
            client.set_user(self._login[0])
            client.set_password(self._login[1])
        async with client:
            subscription = await client.create_subscription(_PUBLISH_MS, _Changes(self._changed, self._nodes))
            handles = await subscription.subscribe_data_change([client.get_node(node) for node in self._nodes.values()])
            for name, handle in zip(self._nodes, handles, strict=True):
                if isinstance(handle, ua.StatusCode):
                    raise TrackError(f"the node for {name} cannot be read: {handle.name}")
            self.problem = None
            self._trouble.end()
            while True:
                await asyncio.sleep(_BEAT_S)
                await client.nodes.server_state.read_value()
                if self._values and self._changed_s is None and time.monotonic() - self._kept_s >= _BEAT_S:
                    self._changed_s = time.monotonic()
                    self._keep()

    def _changed(self, name: str, value: Any) -> None:
        self._values[name] = value
        if self._changed_s is None:
            self._changed_s = time.monotonic()
            asyncio.get_running_loop().call_later(_TOGETHER_S, self._keep)

    def _keep(self) -> None:
        changed_s, self._changed_s = self._changed_s, None
        assert changed_s is not None
        try:
            pose = parse_pose(self._values)
        except ValueError:
            self.bad += 1
            return
        self._poses.add(changed_s, pose)
        self._kept_s = changed_s


class _Changes:
    """What the client calls for each value that changed."""

    def __init__(self, changed: Callable[[str, Any], None], nodes: Mapping[str, ua.NodeId]) -> None:
        self._changed = changed
        self._names = {node: NAMES[name] for name, node in nodes.items()}

    async def datachange_notification(self, node: Node, val: Any, data: DataChangeNotif) -> None:
        status = data.monitored_item.Value.StatusCode
        good = status is None or status.is_good()
        self._changed(self._names[node.nodeid], val if good else None)


def _nodes(url: str, query: str) -> dict[str, ua.NodeId]:
    # Not parse_qsl: it takes a plus sign for a space.
    parts = [part.partition("=") for part in query.split("&") if part]
    unknown = [name for name, _, _ in parts if name not in NAMES]
    if unknown or not parts:
        what = f"{unknown[0]!r} is nothing that it could be" if unknown else "it names no node"
        raise TrackError(f"the track {url}: {what}; write ?x=ns=2;s=X and so on, of {', '.join(NAMES)}")
    nodes = {}
    for name, _, node in parts:
        try:
            nodes[name] = ua.NodeId.from_string(unquote(node))
        except (UaError, ValueError) as error:
            raise TrackError(f"the track {url}: {unquote(node)!r} of {name} is no node id such as ns=2;s=X") from error
    return nodes
