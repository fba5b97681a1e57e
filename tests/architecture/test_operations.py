"""The example of two machines: its settings can be read, its parts name the same things."""

import re
import subprocess

from server.kernel import settings
from tests.architecture.tree import ROOT
from tests.real.nats import BINARY

EXAMPLE = ROOT / "docs" / "operations"


def test_the_example_settings_are_settings_of_a_release():
    own = settings.load(EXAMPLE / "tacroom.toml")

    assert own.behind_proxy
    assert own.workers > 1
    assert own.bus is not None
    compose = (EXAMPLE / "compose.yaml").read_text()
    assert own.proxy_addresses[0] in compose
    for service in ("store", "bus"):
        assert f"\n  {service}:" in compose
        assert f"@{service}" in (EXAMPLE / "tacroom.toml").read_text()


def test_the_example_proxy_waits_longer_than_a_socket_is_silent():
    proxy = (EXAMPLE / "proxy.cfg").read_text()
    waits = [int(found) for found in re.findall(r"timeout (?:client|server|tunnel) (\d+)s", proxy)]

    assert len(waits) == 3
    assert min(waits) > 60


def test_the_example_bus_is_one_that_nats_takes():
    checked = subprocess.run(
        [BINARY, "-t", "-c", EXAMPLE / "bus.conf"],
        env={"BUS_PASSWORD": "aWord7"},
        capture_output=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
