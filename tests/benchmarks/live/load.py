"""Plays one load against a server: `python -m tests.benchmarks.live.load SPEC`, a file in JSON.

Prints what was heard as one line of JSON. It runs in a process of its own, so that its time is
told apart from the server's.
"""

import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from pycrdt import Doc

from rooms.update import read_vector
from tests.benchmarks.live.pages import Heard, Page
from tests.benchmarks.live.usage import cpu_s, rss_kb

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """What one load found; times in milliseconds, `cpu_s` of the server alone."""

    cpu_s: float
    took_s: float
    load_s: float
    delivered: int
    missing: int
    missing_late: int
    refused: int
    to_peer_ms: tuple[float, float]
    to_saved_ms: tuple[float, float]
    rss_kb: int


async def play(spec: dict[str, Any]) -> Outcome:
    """Connect everybody, have everybody type, and wait until everybody has heard everything."""
    chance = random.Random(spec["seed"])
    heard = Heard(measures_delays="a_second" in spec)
    rooms = [
        [Page(room["address"], chance.getrandbits(31) + 1, heard) for _ in room["seats"]]
        for room in spec["rooms"]
    ]
    for pages, room in zip(rooms, spec["rooms"], strict=True):
        for page, seat in zip(pages, room["seats"], strict=True):
            await page.connect(spec["port"], seat["path"], seat["headers"])
            await page.open()
            page.show_caret()
    everybody = [page for pages in rooms for page in pages]
    for page in everybody:
        page.begin()
    await until(lambda: all(not page.unsaved for page in everybody))
    stuck = [page for pages in rooms for page in pages[: spec.get("stuck", 0)]]
    for page in stuck:
        page.socket.stop_reading()
    # What the load made until now is not looked through again while it is timed.
    gc.collect()
    gc.freeze()
    outcome = await _typing(spec, rooms, heard, set(stuck))
    missing_late = 0
    if spec.get("late"):
        for pages, room in zip(rooms, spec["rooms"], strict=True):
            missing_late += await _missing_late(spec, pages, room)
    for page in everybody:
        page.socket.close()
    return Outcome(**{**outcome, "missing_late": missing_late})


async def _typing(
    spec: dict[str, Any], rooms: list[list[Page]], heard: Heard, stuck: set[Page]
) -> dict[str, Any]:
    reading = [[page for page in pages if page not in stuck] for pages in rooms]
    everybody = [page for pages in reading for page in pages]
    letters = spec["edits"] * spec.get("letters", 1)
    expected = sum(letters * len(pages) * (len(pages) - 1) for pages in reading)
    heard.delivered = 0
    heard.to_saved_s.clear()
    before, own_before, began = cpu_s(spec["pid"]), time.process_time(), time.perf_counter()
    if "a_second" in spec:
        await _at_a_rate(everybody, spec["edits"], spec["a_second"])
    elif "letters" in spec:
        await _by_pasting(everybody, spec["edits"], spec["letters"])
    else:
        _as_fast_as_saved(everybody, spec["edits"], spec["window"])
    is_whole = await until(
        lambda: heard.delivered >= expected and all(not page.unsaved for page in everybody)
    )
    took = time.perf_counter() - began
    return {
        "cpu_s": cpu_s(spec["pid"]) - before,
        "took_s": took,
        "load_s": time.process_time() - own_before,
        "delivered": heard.delivered,
        "missing": 0 if is_whole else expected - heard.delivered,
        "refused": sum(page.refused for page in everybody),
        "to_peer_ms": _p50_p99_ms(heard.to_peer_s),
        "to_saved_ms": _p50_p99_ms(heard.to_saved_s),
        "rss_kb": rss_kb(spec["pid"]),
    }


def _as_fast_as_saved(pages: Iterable[Page], edits: int, window: int) -> None:
    """Have each type on as soon as something of hers is saved, so many letters ahead at most."""
    for page in pages:
        left = [edits]

        def go_on(page: Page = page, left: list[int] = left) -> None:
            if left[0]:
                left[0] -= 1
                page.type()

        page.on_saved = go_on
        for _ in range(min(window, edits)):
            go_on()


async def _at_a_rate(pages: list[Page], edits: int, a_second: float) -> None:
    """Have all together type so many letters a second, one after the other."""
    began, count = time.perf_counter(), 0
    while count < edits * len(pages):
        while count < (time.perf_counter() - began) * a_second and count < edits * len(pages):
            pages[count % len(pages)].type()
            count += 1
        await asyncio.sleep(0.002)


async def _by_pasting(pages: list[Page], edits: int, letters: int) -> None:
    for _ in range(edits):
        for page in pages:
            page.paste(letters)
            await asyncio.sleep(0.005)


async def _missing_late(spec: dict[str, Any], pages: list[Page], room: dict[str, Any]) -> int:
    """How many letters somebody lacks who comes when all is typed."""
    late = Page(room["address"], 1, Heard(measures_delays=False))
    seat = room["seats"][0]
    await late.connect(spec["port"], seat["path"], seat["headers"])
    await late.open()
    late.socket.close()
    document: Doc[Any] = Doc()
    document.apply_update(late.whole)
    has = read_vector(document.get_state())
    return sum(max(0, page.clock - has.get(page.client, 0)) for page in pages)


async def until(holds: Callable[[], bool], within_s: float = PATIENCE_S) -> bool:
    """Wait until something holds; say whether it did in time."""
    ends = time.perf_counter() + within_s
    while not holds():
        if time.perf_counter() > ends:
            return False
        await asyncio.sleep(0.005)
    return True


def _p50_p99_ms(times_s: list[float]) -> tuple[float, float]:
    if len(times_s) < 2:
        return (0.0, 0.0)
    return median(times_s) * 1000, quantiles(times_s, n=100)[98] * 1000


def main() -> None:
    """Play the load that the file names."""
    spec = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps(asdict(asyncio.run(play(spec)))))


if __name__ == "__main__":
    main()
