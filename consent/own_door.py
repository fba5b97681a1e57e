"""How somebody of a family comes in herself: seen by her, and made by her just after a code."""

from dataclasses import dataclass

from consent import gate
from policies.act import Act
from policies.facts import Kind, label_of_house
from server.directory import store as directory
from server.directory.member import FamilyMember, Practitioner
from server.identity import coming_again, coming_in, pins
from server.identity.coming_in import OwnDoor, Way
from server.identity.failing import SignInFailed
from server.identity.sessions import Session
from server.kernel.database import Tx, writing
from server.kernel.errors import Invalid

NOT_JUST_AFTER_A_CODE = "GUARD-NOT-JUST-AFTER-A-CODE"
NOT_SIX = "Enter 6 numbers"
TOO_EASY = "Choose numbers that are harder to guess, not a row or a pattern"
NOT_THE_SAME = "Enter the same 6 numbers again"
_LABEL = label_of_house(Kind.ACCOUNT)


@dataclass(frozen=True, slots=True)
class ShownDoor:
    """How she comes in. `may_make` says that she may make a way of her own now.

    `code_by` is who made her newest code: what they are, and where.
    """

    own: OwnDoor
    may_make: bool
    code_by: tuple[str, str] | None


async def view_own_door(who: FamilyMember, session: Session) -> ShownDoor:
    """Return how she comes in, and who last made a code for her.

    Raises:
        Refused: the gate let her not.

    Rule: ADR-0015: a code that somebody else used in her name shows on her own page.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_OWN_DOOR, _LABEL)
        own = (await coming_in.doors_of(tx, [who.id]))[who.id]
        may_make = coming_again.is_just_after_code(session, tx.at)
        return ShownDoor(own, may_make, await _maker(tx, own))


async def make_pin(who: FamilyMember, pin: str, again: str, *, session: Session) -> str:
    """Let her come again by a PIN; return the name of her page, told here once.

    Raises:
        Refused: she did not come by a code just now.
        Invalid: these are not six digits twice the same, or they are too easy to guess.
    """
    faults = _faults(pin, again)
    # Before the transaction: nothing waits for a slow hash.
    kept = "" if faults else await pins.hash_of(pin)
    async with writing() as tx:
        await _ask(tx, who, session)
        if faults:
            # Nothing was made: what was allowed is undone with the fault, and is not recorded.
            raise Invalid(faults)
        return await coming_again.make_pin(tx, who, kept, session=session)


async def ask_to_make(who: FamilyMember, *, session: Session, origin: str) -> str:
    """Return, as JSON, what her browser asks a device that is to make a passkey.

    Raises:
        Refused: she did not come by a code just now.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_OWN_DOOR, _LABEL)
        _must_be_just_after_code(tx, who, session, Act.VIEW_OWN_DOOR)
        return await coming_again.ask_to_make(tx, session=session, origin=origin)


async def make_passkey(who: FamilyMember, answer: str, *, session: Session, origin: str) -> None:
    """Let her come again by the passkey that her device made.

    Raises:
        Refused: she did not come by a code just now.
        SignInFailed: her device's answer is not to what it was asked here; nothing was changed.
    """
    try:
        async with writing() as tx:
            await _ask(tx, who, session)
            await coming_again.make_passkey(tx, who, answer, session=session, origin=origin)
    except SignInFailed as fault:
        async with writing() as tx:
            await coming_in.record_failure(tx, fault.why, Way.PASSKEY)
        raise


async def _ask(tx: Tx, who: FamilyMember, session: Session) -> None:
    await gate.require(tx, who, Act.MAKE_OWN_DOOR, _LABEL)
    _must_be_just_after_code(tx, who, session, Act.MAKE_OWN_DOOR)


def _must_be_just_after_code(tx: Tx, who: FamilyMember, session: Session, act: Act) -> None:
    if not coming_again.is_just_after_code(session, tx.at):
        gate.refuse(tx, who, act, _LABEL, why=NOT_JUST_AFTER_A_CODE)


def _faults(pin: str, again: str) -> dict[str, str]:
    if not pins.is_pin(pin):
        return {"pin": NOT_SIX}
    if pins.is_easy(pin):
        return {"pin": TOO_EASY}
    return {} if pin == again else {"again": NOT_THE_SAME}


async def _maker(tx: Tx, own: OwnDoor) -> tuple[str, str] | None:
    if own.code_made_by is None:
        return None
    maker = await directory.find_member(tx, own.code_made_by)
    if not isinstance(maker, Practitioner):
        return None
    return maker.role_title, (await directory.get_agency(tx, maker.agency)).name
