"""Stands in for Firebase ML on a free loopback port, with the logins that its clients do first."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PROJECT = "welding-works"
_META = "type.googleapis.com/google.firebase.ml.v1beta2.ModelOperationMetadata"


@dataclass
class Firebase:
    """The server's address, the models that it has, by id, what was asked of it, and the addresses it was to read.

    `refusal` is all it answers; `invalid` what is wrong with a graph.
    """

    url: str
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    refusal: dict[str, Any] | None = None
    invalid: str = ""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked, in an operation that is over when it is asked for again."""
        self.asked.append(f"{method} {path.partition('?')[0].rpartition('/')[2]}")
        place, _, query = path.partition("?")
        name = place.removeprefix("/v1beta2/")
        if "/operations/" in name:
            model = self.models[name.rpartition("/")[2]]
            model.pop("activeOperations", None)
            return {"name": name, "done": True, "response": model}
        number = name.rpartition("/")[2]
        if method == "GET":
            return self.models[number] if number in self.models else {"models": list(self.models.values())}
        if method == "POST":
            number = f"{1000 + len(self.models)}"
        model = self.models.setdefault(number, {"name": f"projects/{PROJECT}/models/{number}"})
        if query:
            model["state"] = {**model.get("state", {}), **body["state"]}
            return {"done": True, "response": model}
        operation = {"name": f"projects/{PROJECT}/operations/{number}"}
        model |= {"displayName": body["displayName"], "tags": body["tags"], "activeOperations": [operation]}
        self.reads.append(body["tfliteModel"]["gcsTfliteUri"])
        model["tfliteModel"] = {"gcsTfliteUri": "gs:/" + urlsplit(self.reads[-1]).path, "sizeBytes": "33"}
        model["state"] = {} if not self.invalid else {"validationError": {"message": self.invalid}}
        return {**operation, "metadata": {"@type": _META, "name": model["name"]}}


@contextmanager
def firebase() -> Iterator[Firebase]:
    """Serve until the end of the block."""
    state = Firebase("")

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = 200, {"access_token": "t0ken", "expires_in": 3600, "token_type": "Bearer"}
            if not self.path.startswith("/token"):
                assert self.headers["Authorization"] == "Bearer t0ken"
                if state.refusal is not None:
                    status, answer = state.refusal["code"], {"error": state.refusal}
                else:
                    answer = state.answer(self.command, self.path, json.loads(data or b"{}"))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _do  # noqa: N815  # as the library calls them

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def key_file(url: str) -> dict[str, str]:
    """Return a service account's key file, with a key of its own, that logs in there."""
    key = rsa.generate_private_key(65537, 2048)
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "client_email": f"beadwatch@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{url}/token",
    }
