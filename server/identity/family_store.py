"""Every query on the rows of the family's own door."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from server.identity.family_tables import family_code, own_sign_in, passkey_question
from server.kernel.database import Tx
from server.kernel.ids import MemberId


@dataclass(frozen=True, slots=True)
class CodeRow:
    """The newest code of somebody, as it is kept. `finder` is its first four digits, while live."""

    member: MemberId
    finder: str | None
    code_hash: bytes
    made_at: datetime
    made_by: MemberId
    ends_at: datetime
    tries: int = 0
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnRow:
    """How somebody comes in again: by a passkey, or by a name and a PIN."""

    member: MemberId
    made_at: datetime
    used_at: datetime | None = None
    credential: bytes | None = None
    public_key: bytes | None = None
    signs: int | None = None
    name_hash: bytes | None = None
    pin_hash: str | None = None
    tries: int = 0


# ---------------------------------------------------------------- codes


async def taken_finders(tx: Tx) -> set[str]:
    """Return the first digits of every live code; those whose time is up are free again."""
    await tx.execute(update(family_code).where(family_code.c.ends_at <= tx.at).values(finder=None))
    rows = await tx.rows(select(family_code.c.finder).where(family_code.c.finder.is_not(None)))
    return {row.finder for row in rows}


async def put_code(tx: Tx, new: CodeRow) -> None:
    """Keep a code in place of the one that its owner had."""
    await tx.execute(delete(family_code).where(family_code.c.member == new.member))
    await tx.execute(insert(family_code).values(asdict(new)))


async def try_code(tx: Tx, finder: str) -> CodeRow | None:
    """Count one try at the live code of these first digits; return it, with the try counted."""
    row = (
        await tx.execute(
            update(family_code)
            .where(family_code.c.finder == finder)
            .values(tries=family_code.c.tries + 1)
            .returning(family_code)
        )
    ).first()
    return _code(row) if row else None


async def use_code(tx: Tx, member: MemberId) -> None:
    """Note that somebody's code is used: it is found no more."""
    await tx.execute(
        update(family_code).where(family_code.c.member == member).values(finder=None, used_at=tx.at)
    )


async def end_code(tx: Tx, member: MemberId) -> None:
    """End somebody's code, used or not."""
    await tx.execute(
        update(family_code)
        .where(family_code.c.member == member, family_code.c.finder.is_not(None))
        .values(finder=None, ends_at=tx.at)
    )


async def codes_of(tx: Tx, members: Iterable[MemberId]) -> dict[MemberId, CodeRow]:
    """Return the newest code of each of these members."""
    rows = await tx.rows(select(family_code).where(family_code.c.member.in_(set(members))))
    return {MemberId(row.member): _code(row) for row in rows}


def _code(row: Row[Any]) -> CodeRow:
    return CodeRow(**row._mapping)


# ---------------------------------------------------------------- passkeys and PINs


async def put_own(tx: Tx, new: OwnRow) -> None:
    """Keep a way to come in again, in place of the one that its owner had."""
    await drop_own(tx, new.member)
    await tx.execute(insert(own_sign_in).values(asdict(new)))


async def drop_own(tx: Tx, member: MemberId) -> bool:
    """Delete somebody's way to come in again; say whether there was one."""
    done = await tx.execute(delete(own_sign_in).where(own_sign_in.c.member == member))
    return done.rowcount == 1


async def own_of(tx: Tx, members: Iterable[MemberId]) -> dict[MemberId, OwnRow]:
    """Return how each of these members comes in again, if she can."""
    rows = await tx.rows(select(own_sign_in).where(own_sign_in.c.member.in_(set(members))))
    return {MemberId(row.member): _own(row) for row in rows}


async def is_name_taken(tx: Tx, name_hash: bytes) -> bool:
    """Whether somebody's page has this name."""
    taken = select(own_sign_in.c.member).where(own_sign_in.c.name_hash == name_hash)
    return await tx.first(taken) is not None


async def try_pin(tx: Tx, name_hash: bytes) -> OwnRow | None:
    """Count one try at the PIN under this name; return it, with the try counted."""
    row = (
        await tx.execute(
            update(own_sign_in)
            .where(own_sign_in.c.name_hash == name_hash)
            .values(tries=own_sign_in.c.tries + 1)
            .returning(own_sign_in)
        )
    ).first()
    return _own(row) if row else None


async def find_passkey(tx: Tx, credential: bytes) -> OwnRow | None:
    """Return the passkey of this id."""
    row = await tx.first(select(own_sign_in).where(own_sign_in.c.credential == credential))
    return _own(row) if row else None


async def note_used(tx: Tx, own: OwnRow, *, signs: int | None = None) -> bool:
    """Note that somebody came in by what she had; false if it was replaced or closed meanwhile."""
    done = await tx.execute(
        update(own_sign_in)
        .where(own_sign_in.c.member == own.member, own_sign_in.c.made_at == own.made_at)
        .values(used_at=tx.at, tries=0, signs=signs)
    )
    return done.rowcount == 1


def _own(row: Row[Any]) -> OwnRow:
    return OwnRow(**row._mapping)


# ---------------------------------------------------------------- what a device was asked


async def add_question(tx: Tx, challenge: bytes, asked_in: bytes) -> None:
    """Keep what a device is asked to sign."""
    await tx.execute(
        insert(passkey_question).values(challenge=challenge, asked_in=asked_in, begun_at=tx.at)
    )


async def take_question(tx: Tx, challenge: bytes, asked_in: bytes) -> datetime | None:
    """Return when this was asked in this browser, and forget it: it is answered once."""
    row = (
        await tx.execute(
            delete(passkey_question)
            .where(
                passkey_question.c.challenge == challenge, passkey_question.c.asked_in == asked_in
            )
            .returning(passkey_question.c.begun_at)
        )
    ).first()
    return row.begun_at if row else None


async def forget_questions(tx: Tx, begun_before: datetime) -> None:
    """Forget what nobody answered in time."""
    await tx.execute(delete(passkey_question).where(passkey_question.c.begun_at < begun_before))
