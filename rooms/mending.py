"""Words in memory that are ahead of the rows, or broken, are built again from the rows.

Rule: ADR-0009 (the rows are the truth).
"""

import asyncio
import logging

from rooms.editing import NOT_KEPT
from rooms.live import Hub, LiveSection
from rooms.loading import Outdated, rebuild
from rooms.moving import let_go
from rooms.telling import answer, refuse_change
from rooms.update import BadUpdate
from rooms.words import Poison
from server.kernel.database import reading

log = logging.getLogger(__name__)

TRY_AGAIN_S = 0.05


async def mend(hub: Hub, live: LiveSection) -> None:
    """Build a section again; while its rows cannot be read it gives nothing out."""
    try:
        async with reading() as tx:
            await rebuild(tx, live)
        answer(hub, live)
    except Outdated:
        let_go(hub, live)
    except (Poison, BadUpdate):
        log.exception("a section's rows cannot be read: it is closed")
        for opened in list(live.open):
            refuse_change(hub, opened, NOT_KEPT)
        hub.sections.pop(live.id, None)
    except Exception:
        # It stays broken: nothing is stored or given out until its rows can be read.
        log.exception("a section could not be built from its rows")
        await asyncio.sleep(TRY_AGAIN_S)
        hub.wake.set()
