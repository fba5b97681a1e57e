"""How somebody of a family likes to read, kept with her."""

from typing import Any

from sqlalchemy import Row, update

from server.directory.tables import member
from server.kernel.database import Tx
from server.kernel.ids import MemberId
from server.kernel.language import Language


def reading_of(row: Row[Any]) -> tuple[Language | None, bool]:
    """Return from her row what she chose: her language, if any, and whether easy read."""
    return (Language(row.language) if row.language else None), bool(row.easy_read)


async def set_reading(
    tx: Tx, member_id: MemberId, *, language: Language | None, easy_read: bool
) -> None:
    """Keep her language, and whether she wants easy read."""
    chosen = {"language": language, "easy_read": easy_read}
    await tx.execute(update(member).where(member.c.id == member_id).values(chosen))
