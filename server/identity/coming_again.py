"""Coming in again: by a PIN under a name that we gave, or by a passkey; and making either.

Rule: ADR-0015.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from server.directory.member import FamilyMember
from server.identity import family_store, limits, page_name, passkeys, pins, sessions
from server.identity.coming_in import Way, count_try, let_in, record_failure
from server.identity.failing import SignInFailed, Why
from server.identity.family_code import MOST_TRIES
from server.identity.family_store import OwnRow
from server.identity.passkeys import Passkey
from server.identity.sessions import Session
from server.kernel.database import Tx, writing
from server.kernel.errors import NotSignedIn
from server.keys import kms

ABOUT_NAME = b"name of a family's page"
QUESTION_LIFE = timedelta(minutes=10)
JUST_AFTER = timedelta(minutes=30)
"""How long after a code one may make a way of one's own."""


@dataclass(frozen=True, slots=True)
class AskedDevice:
    """What a browser asks its device, as JSON, and the token that it keeps until it answers."""

    options: str
    browser_token: str


def is_just_after_code(session: Session, at: datetime) -> bool:
    """Whether somebody came in by a code a moment ago, and so may make a way of her own.

    Threat T-28: on an unwatched phone nobody makes a way in for himself.
    """
    return session.provider == Way.CODE and at - session.signed_in_at < JUST_AFTER


# ---------------------------------------------------------------- by a name and a PIN


async def come_by_pin(name: str, pin: str, *, address: str, replacing: str | None) -> str:
    """Let somebody in by the name that we gave her page and her PIN; return her browser's token.

    Raises:
        TooOften: too many wrong ones came from this address; the first is recorded.
        SignInFailed: either is wrong, which the log alone tells apart.
    """
    await count_try(address, Way.PIN)
    async with writing() as tx:
        own = await family_store.try_pin(tx, _hash_of(name))
    # Between the two, so that nothing waits for a slow hash; the try is counted already.
    is_right = await pins.is_right(pin, own.pin_hash if own else None)
    why = _fault_of(own, is_right=is_right)
    token = ""
    async with writing() as tx:
        if own is not None and why is None:
            why = None if await family_store.note_used(tx, own) else Why.NO_SUCH_NAME
        if own is not None and why is None:
            token = await let_in(tx, own.member, Way.PIN, replacing=replacing)
        else:
            await record_failure(tx, why or Why.NO_SUCH_NAME, Way.PIN, whose=own)
    if why is not None:
        raise SignInFailed(why)
    limits.forgive_family_try(address)
    return token


def _fault_of(own: OwnRow | None, *, is_right: bool) -> Why | None:
    if own is None:
        return Why.NO_SUCH_NAME
    if own.tries > MOST_TRIES:
        return Why.PIN_WORN
    return None if is_right else Why.WRONG_PIN


async def make_pin(tx: Tx, member: FamilyMember, pin_hash: str, *, session: Session) -> str:
    """Let somebody come again by a PIN; return the name that we give her page, told here once.

    It takes the place of what she had, and signs out every other device of hers.
    """
    name = page_name.new_name()
    while await family_store.is_name_taken(tx, _hash_of(name)):
        name = page_name.new_name()
    await _put(
        tx,
        OwnRow(member.id, tx.at, name_hash=_hash_of(name), pin_hash=pin_hash),
        session=session,
    )
    return name


def _hash_of(name: str) -> bytes:
    return kms.bound().fingerprint(page_name.read_name(name).encode(), ABOUT_NAME)


# ---------------------------------------------------------------- by a passkey


async def ask_device(address: str, browser_token: str | None, *, origin: str) -> AskedDevice:
    """Ask for a proof by a passkey, in this browser, for the next ten minutes.

    Raises:
        TooOften: too many sign-ins began in this browser, or from this address.
    """
    if browser_token is not None and len(browser_token) != sessions.TOKEN_LENGTH:
        browser_token = None
    limits.count_begun(address, browser_token)
    token = browser_token or sessions.new_token()
    async with writing() as tx:
        challenge = await _ask(tx, sessions.hash_of(token))
    return AskedDevice(passkeys.asked_to_prove(challenge, origin=origin), token)


async def come_by_passkey(
    answer: str, *, origin: str, browser_token: str | None, address: str, replacing: str | None
) -> str:
    """Let somebody in by what her device signed; return her browser's token.

    Raises:
        TooOften: too many wrong ones came from this address; the first is recorded.
        SignInFailed: nobody was proved, for a reason that the log alone tells.
    """
    await count_try(address, Way.PASSKEY)
    own: OwnRow | None = None
    token = ""
    async with writing() as tx:
        try:
            challenge, credential = passkeys.read_proof(answer)
            await _take(tx, challenge, sessions.hash_of(browser_token or ""))
            own = await family_store.find_passkey(tx, credential)
            token = await _let_in_by(tx, own, answer, challenge, origin=origin, replacing=replacing)
            why = None
        except SignInFailed as fault:
            why = fault.why
            await record_failure(tx, why, Way.PASSKEY, whose=own)
    if why is not None:
        raise SignInFailed(why)
    limits.forgive_family_try(address)
    return token


async def _let_in_by(
    tx: Tx,
    own: OwnRow | None,
    answer: str,
    challenge: bytes,
    *,
    origin: str,
    replacing: str | None,
) -> str:
    if own is None or own.credential is None or own.public_key is None:
        raise SignInFailed(Why.NO_SUCH_PASSKEY)
    known = Passkey(own.credential, own.public_key, own.signs or 0)
    signs = passkeys.check_proof(answer, challenge, known, origin=origin)
    if not await family_store.note_used(tx, own, signs=signs):
        raise SignInFailed(Why.NO_SUCH_PASSKEY)  # closed, or replaced, a moment ago
    return await let_in(tx, own.member, Way.PASSKEY, replacing=replacing)


async def ask_to_make(tx: Tx, *, session: Session, origin: str) -> str:
    """Return, as JSON, what a browser asks a device that is to make a passkey in this session."""
    return passkeys.asked_to_make(await _ask(tx, session.hash), origin=origin)


async def make_passkey(
    tx: Tx, member: FamilyMember, answer: str, *, session: Session, origin: str
) -> None:
    """Let somebody come again by the passkey that her device made.

    It takes the place of what she had, and signs out every other device of hers.

    Raises:
        SignInFailed: the answer is not to what this session asked; nothing was changed.
    """
    challenge = passkeys.challenge_of_made(answer)
    await _take(tx, challenge, session.hash)
    made = passkeys.read_made(answer, challenge, origin=origin)
    if await family_store.find_passkey(tx, made.credential) is not None:
        raise SignInFailed(Why.PASSKEY_REFUSED)
    await _put(
        tx,
        OwnRow(
            member.id,
            tx.at,
            credential=made.credential,
            public_key=made.public_key,
            signs=made.signs,
        ),
        session=session,
    )


async def _ask(tx: Tx, asked_in: bytes) -> bytes:
    challenge = passkeys.new_challenge()
    await family_store.forget_questions(tx, tx.at - QUESTION_LIFE)
    await family_store.add_question(tx, challenge, asked_in)
    return challenge


async def _take(tx: Tx, challenge: bytes, asked_in: bytes) -> None:
    # Threat T-17: an answer counts once, where it was asked for, within ten minutes.
    begun_at = await family_store.take_question(tx, challenge, asked_in)
    if begun_at is None:
        raise SignInFailed(Why.UNKNOWN_STATE)
    if tx.at - begun_at > QUESTION_LIFE:
        raise SignInFailed(Why.TOO_LATE)


async def _put(tx: Tx, own: OwnRow, *, session: Session) -> None:
    # Threat T-28: her lead may close everything at this very moment.
    if not await sessions.hold_session(tx, session.hash):
        raise NotSignedIn
    await family_store.put_own(tx, own)
    await sessions.end_sessions_of(tx, own.member, but=session.hash)
