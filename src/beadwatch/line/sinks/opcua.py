"""An OPC UA server that a PLC or SCADA system reads the line from, modelled after OPC 40100-1 (Machine Vision).

Its event loop runs in a thread of its own; everything is read-only for clients, and nobody signs in: whoever reaches
the port may read. Events go to the clients that are subscribed at that moment; the last one stays readable. Knows how
to serve; what is served is in `opcua_nodes`.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import TimeoutError as LateError
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from asyncua import ua as opc_ua
from asyncua.common.node import Node
from asyncua.server.event_generator import EventGenerator
from asyncua.server.server import Server

from beadwatch.domain.addresses import in_url
from beadwatch.domain.errors import SinkError
from beadwatch.domain.line import InspectionEvent, LineStatus, RunInfo
from beadwatch.line.sinks import opcua_nodes as nodes
from beadwatch.line.sinks.port import Message

ua: Any = opc_ua  # its types do not say what it exports
NAMESPACE = "urn:beadwatch:line"
DEFAULT_PORT = 4840
START_S, SEND_S, STOP_S = 60.0, 4.5, 10.0  # asyncua builds its address space anew: seconds on a busy machine
_HEARTBEATS = 1 << 32


class OpcUaSink:
    """Serves what the line says to OPC UA clients."""

    wants_frames = False

    def __init__(self, address: str, line: str) -> None:
        """Take `opc.tcp://host:4840/path`: where this machine is to listen.

        Raises:
            SinkError: it is no such address.
        """
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or port == 0 or parts.scheme != "opc.tcp":
            raise SinkError("write where the OPC UA server listens as opc.tcp://127.0.0.1:4840/beadwatch")
        if parts.username is not None or parts.query or parts.fragment:
            raise SinkError("an OPC UA server is opened here: its address has no user, no password and no ?")
        self.name = f"opc.tcp://{in_url(host)}:{port or DEFAULT_PORT}{parts.path.rstrip('/')}"
        self._line, self._place = line, (host, port or DEFAULT_PORT)
        self._server: _Server | None = None
        self._heartbeat = 0

    def open(self, run: RunInfo) -> None:
        """Begin to serve.

        Raises:
            SinkError: the port is taken, or the host is none of this machine.
        """
        self._see_that_the_port_is_free()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="opc ua", daemon=True)
        self._thread.start()
        server = _Server(self.name, self._line)
        try:
            self._call(server.start(nodes.of_run(run)), START_S)
        except SinkError:
            self._end()
            raise
        self._server = server

    def send(self, message: Message) -> None:
        """Show a status or an event; returns once a client that asks would see it.

        Raises:
            SinkError: the server does not keep up.
        """
        if self._server is None:
            raise RuntimeError("open the sink before sending")
        match message:
            case LineStatus():
                self._heartbeat = (self._heartbeat + 1) % _HEARTBEATS
                self._call(self._server.show(nodes.of_status(message, self._heartbeat), message.at), SEND_S)
            case InspectionEvent():
                self._call(self._server.tell(message), SEND_S)

    def close(self) -> None:
        """Stop serving."""
        if self._server is not None:
            server, self._server = self._server, None
            with contextlib.suppress(SinkError):  # it ends with its thread
                self._call(server.stop(), STOP_S)
            self._end()

    def _see_that_the_port_is_free(self) -> None:
        """Try to listen: asyncua finds out only after it has built its address space."""
        try:
            family = socket.getaddrinfo(*self._place, type=socket.SOCK_STREAM)[0][0]
            socket.create_server(self._place, family=family).close()
        except (OSError, OverflowError) as error:
            raise SinkError(f"no OPC UA server can listen at {self.name}: {error}; choose another port") from error

    def _call(self, work: Coroutine[Any, Any, None], limit_s: float) -> None:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            future.result(limit_s)
        except LateError as error:
            future.cancel()
            raise SinkError(f"the OPC UA server at {self.name} does not keep up") from error
        except (OSError, ua.UaError) as error:
            raise SinkError(f"the OPC UA server at {self.name} cannot do its work: {error}") from error

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_S)
        if not self._thread.is_alive():
            self._loop.close()


class _Server:
    """What happens in the loop's thread."""

    def __init__(self, address: str, line: str) -> None:
        self._address, self._line = address, line
        self._server = Server()
        self._nodes: dict[str, Node] = {}
        self._events: EventGenerator | None = None

    async def start(self, readings: nodes.Readings) -> None:
        await self._server.init()
        self._server.set_endpoint(self._address)
        self._server.set_server_name("Beadwatch")
        self._server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self._server.set_identity_tokens([ua.AnonymousIdentityToken])
        self._server.allow_remote_admin(False)
        index = await self._server.register_namespace(NAMESPACE)
        line = await self._server.nodes.objects.add_object(ua.NodeId("Line", index), ua.QualifiedName("Line", index))
        await self._server.write_attribute_value(
            line.nodeid, ua.DataValue(ua.LocalizedText(self._line)), ua.AttributeIds.DisplayName
        )
        await self._add_variables(line, index)
        fields = [(name, _type(kind)) for name, (kind, _) in nodes.EVENT_FIELDS.items()]
        kind = await self._server.create_custom_event_type(index, "InspectionEventType", properties=fields)
        self._events = await self._server.get_event_generator(kind, line.nodeid)
        await self.show(readings, datetime.now(UTC).timestamp())
        await self._server.start()

    async def show(self, readings: nodes.Readings, at: float) -> None:
        moment = datetime.fromtimestamp(at, UTC)
        for name, reading in readings.items():
            await self._server.write_attribute_value(self._nodes[name].nodeid, _data_value(name, reading, moment))

    async def tell(self, event: InspectionEvent) -> None:
        readings = nodes.of_event(event)
        await self.show(readings, event.ended_at)
        assert self._events is not None
        told = self._events.event
        for name, reading in readings.items():
            setattr(told, name.replace(".", ""), _variant(name, reading))
        told.Severity = nodes.SEVERITIES.get(event.state, nodes.USUAL_SEVERITY)
        await self._events.trigger(datetime.fromtimestamp(event.ended_at, UTC), f"{event.label}: {event.reason}")

    async def stop(self) -> None:
        await self._server.stop()

    async def _add_variables(self, line: Node, index: int) -> None:
        folders: dict[str, Node] = {"": line}
        for path, (kind, about) in nodes.NODES.items():
            folder, _, name = path.rpartition(".")
            if folder not in folders:
                place = ua.NodeId(f"Line.{folder}", index)
                folders[folder] = await line.add_object(place, ua.QualifiedName(folder, index))
            variable = await folders[folder].add_variable(
                ua.NodeId(f"Line.{path}", index), ua.QualifiedName(name, index), _empty(kind)
            )
            await self._server.write_attribute_value(
                variable.nodeid, ua.DataValue(ua.LocalizedText(about)), ua.AttributeIds.Description
            )
            self._nodes[path] = variable


def _type(kind: str) -> Any:
    return ua.VariantType[kind.removesuffix("[]")]


def _empty(kind: str) -> Any:
    if kind.endswith("[]"):
        return ua.Variant([], _type(kind), is_array=True)
    return ua.Variant(ua.get_default_value(_type(kind)), _type(kind))


def _variant(name: str, reading: nodes.Reading) -> Any:
    if reading.value is None:
        return ua.Variant(None, ua.VariantType.Null)
    return ua.Variant(reading.value, _type(nodes.NODES[name][0]), is_array=isinstance(reading.value, list))


def _data_value(name: str, reading: nodes.Reading, moment: datetime) -> Any:
    code = ua.StatusCode(getattr(ua.StatusCodes, reading.quality.value))
    return ua.DataValue(_variant(name, reading), code, SourceTimestamp=moment, ServerTimestamp=datetime.now(UTC))
