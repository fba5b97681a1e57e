"""What opening a part of a plan asks of the store, and what deciding about a whole room costs."""

import time
from statistics import median
from typing import Any

from sqlalchemy import event

from consent import gate
from rooms import store
from server.kernel.database import reading
from tests.benchmarks.figure import Figure
from tests.benchmarks.sample_room import sample_room

PARTS = 40
ROUNDS = 50


async def measure() -> list[Figure]:
    """Ask the gate for a capability over 40 parts, as it is asked when a part is opened."""
    async with sample_room(parts=PARTS) as sample:
        imara, room = sample.history.cast.members["imara"], sample.history.room
        asked: list[str] = []

        @event.listens_for(sample.database.reader.sync_engine, "before_cursor_execute")
        def _count(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        times = []
        async with reading() as tx:
            labels = [one.label for one in await store.list_section_labels(tx, room)]
            for _ in range(ROUNDS):
                asked.clear()
                begun = time.process_time()
                held = await gate.capability(tx, imara, room, labels)
                times.append((time.process_time() - begun) * 1000)
        assert len(held.things) > 1
        keyed = [statement for statement in asked if "FROM team" not in statement]
        return [
            Figure("queries to open a part, beside the team's row", len(keyed), 4, ""),
            Figure("deciding about 40 parts, queries included", median(times), 25, "ms"),
        ]
