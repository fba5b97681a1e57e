"""Live words beside Hocuspocus 4.7: processor, memory, delays, and what is lost, in turns.

Ours asks the gate, shows who is there, records in the log and stores each change before anybody
sees it; Hocuspocus asks nobody and says "saved" from memory. The load is played from a process of
its own; how much of one core that took at most is the last figure.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.figure import Beside, Figure, beside
from tests.benchmarks.live import house, servers

ROUNDS = 3
WINDOW = 8
BUSY_MOST = 90.0


async def measure() -> list[Figure]:
    """Play each load against each server, round after round."""
    with tempfile.TemporaryDirectory() as name:
        bench = _Bench(Path(name))
        return [
            *bench.saturated("10 rooms of 10", 10, 10, edits=120, most=0.80),
            *bench.saturated("1 room of 100", 1, 100, edits=40, most=0.85),
            *bench.at_a_low_rate(),
            *bench.members_who_do_not_read(),
            Figure("busiest load, share of one core", bench.busiest, BUSY_MOST, "%"),
        ]


class _Bench:
    """Where the stores lie, and how busy the load itself ever was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.busiest = 0.0
        self.played = 0

    def saturated(
        self, what: str, rooms: int, seats: int, *, edits: int, most: float
    ) -> list[Figure]:
        """Everybody types as fast as her words are saved, so many letters ahead."""
        ours, plain = [], []
        missing = 0
        with self._house(rooms, seats) as laid:
            for _ in range(ROUNDS):
                with servers.ours(laid) as served:
                    found = self._play(served, edits=edits, window=WINDOW, late=True)
                ours.append(_us_per_delivered(found))
                missing += found["missing"] + found["missing_late"]
                with servers.hocuspocus(rooms, seats) as served:
                    found = self._play(served, edits=edits, window=WINDOW, late=True)
                plain.append(_us_per_delivered(found))
        return [
            beside(f"{what}, saturated: processor, each edit delivered", ours, plain, most, "us"),
            Figure(f"{what}: letters missing, for those there and one late", missing, 0, ""),
        ]

    def at_a_low_rate(self) -> list[Figure]:
        """Twenty rooms of five, two hundred letters a second in all."""
        ours, stored = [], []
        with self._house(20, 5) as laid:
            for number in range(ROUNDS):
                with servers.ours(laid) as served:
                    ours.append(self._play(served, edits=20, a_second=200.0))
                with servers.hocuspocus(20, 5, self.folder / f"low{number}.sqlite") as served:
                    stored.append(self._play(served, edits=20, a_second=200.0))
        what = "20 rooms of 5, 200 edits a second"
        return [
            beside(
                f"{what}: processor, each edit delivered",
                [_us_per_delivered(found) for found in ours],
                [_us_per_delivered(found) for found in stored],
                1.1,
                "us",
            ),
            _told(f"{what}: to another screen, p50", ours, stored, "to_peer_ms", 0, 2.0),
            _told(f"{what}: to another screen, p99", ours, stored, "to_peer_ms", 1, 5.0),
            _told(f"{what}: to 'saved', p99", ours, stored, "to_saved_ms", 1, 5.3),
        ]

    def members_who_do_not_read(self) -> list[Figure]:
        """Twenty megabytes in four rooms of ten, in each of which two read nothing."""
        ours, theirs = [], []
        for _ in range(ROUNDS):
            grown = []
            for stuck, letters in ((0, 8_000), (2, 10_000)):
                load = {"edits": 64, "letters": letters, "stuck": stuck}
                with self._house(4, 10) as laid, servers.ours(laid) as served:
                    own = self._play(served, **load)["rss_kb"]
                with servers.hocuspocus(4, 10) as served:
                    grown.append((own, self._play(served, **load)["rss_kb"]))
            (own_all, peer_all), (own_stuck, peer_stuck) = grown
            ours.append((own_stuck - own_all) / 1024)
            theirs.append((peer_stuck - peer_all) / 1024)
        what = "20 MB in 4 rooms of 10, 2 of each do not read"
        own = median(ours)
        return [
            Beside(
                f"{what}: memory for that", own, 8.0, "MB", ours=own, peer=median(theirs), of="MB"
            )
        ]

    @contextmanager
    def _house(self, rooms: int, seats: int) -> Iterator[house.House]:
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            (Path(name) / "data").mkdir()
            yield house.lay_beside(Path(name), rooms=rooms, seats=seats)

    def _play(self, served: dict[str, Any], **load: object) -> dict[str, Any]:
        self.played += 1
        found = servers.load(served, self.folder, seed=self.played, **load)
        self.busiest = max(self.busiest, found["load_s"] / found["took_s"] * 100)
        return found


def _us_per_delivered(found: dict[str, Any]) -> float:
    return float(found["cpu_s"] / found["delivered"] * 1e6)


def _told(
    what: str,
    ours: list[dict[str, Any]],
    peer: list[dict[str, Any]],
    name: str,
    place: int,
    most: float,
) -> Beside:
    """Return a delay of ours with its own limit, beside the other's."""
    own = median(one[name][place] for one in ours)
    return Beside(
        what, own, most, "ms", ours=own, peer=median(one[name][place] for one in peer), of="ms"
    )
