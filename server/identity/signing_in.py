"""Signing in, from the first press to a session: begun here, proved at the provider, ended here.

Rule: ADR-0006. Identity is (issuer, subject) for ever; the organisation comes from provider and
claim, never from the person. Somebody prepared but never seen is claimed once, by the verified
work mail of her organisation's own provider.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member, Practitioner
from server.identity import kept, limits, oidc, sessions, store
from server.identity.failing import NotPlaced, SignInFailed, TooOften, Why
from server.identity.oidc import Proved, Question
from server.identity.store import Attempt
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict
from server.kernel.ids import AgencyCode, MemberId
from server.kernel.settings import Provider, settings

ATTEMPT_LIFE = timedelta(minutes=10)
VERIFIER_BYTES = 48
ADDRESS_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Again:
    """That a member is to prove again who she is, and what she had typed until then."""

    member: Member
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the token it keeps until it returns."""

    address: str
    browser_token: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member, signed in: the token for her browser, and where she wanted to go."""

    token: str
    member: Member
    return_to: str


async def begin(
    provider: Provider,
    *,
    redirect_uri: str,
    return_to: str,
    address: str = "",
    browser_token: str | None = None,
    hint: str | None = None,
    again: Again | None = None,
) -> Begun:
    """Begin a sign-in with a provider.

    `address` is where the request came from; `browser_token` the one that the browser has from
    another sign-in under way, if it has. `again` is given where somebody who is signed in is to
    sign in once more.

    Raises:
        TooOften: too many began there lately; the first of them is recorded.
        SignInFailed: the provider does not answer; recorded.
    """
    browser_token = await _counted(provider, address, browser_token)
    state = sessions.new_token()
    question = Question(
        redirect_uri=redirect_uri,
        nonce=sessions.new_token(),
        code_verifier=secrets.token_urlsafe(VERIFIER_BYTES),
        max_age_s=settings().fresh_sign_in_min * 60 if again else None,
    )
    try:
        where = await oidc.address_to_sign_in(provider, question, state=state, hint=hint)
    except SignInFailed as fault:
        await _record_failure(fault, provider)
        raise
    async with writing() as tx:
        attempt = Attempt(
            state_hash=sessions.hash_of(state),
            browser_hash=sessions.hash_of(browser_token),
            provider=provider.code,
            nonce=question.nonce,
            code_verifier=question.code_verifier,
            redirect_uri=redirect_uri,
            return_to=own_address(return_to),
            begun_at=tx.at,
            max_age_s=question.max_age_s,
        )
        await store.forget_attempts(tx, tx.at - ATTEMPT_LIFE)
        await store.add_attempt(tx, _for(attempt, again, browser_token))
    return Begun(where, browser_token)


def _for(attempt: Attempt, again: Again | None, browser_token: str) -> Attempt:
    """Return the attempt as it is kept for somebody who is to sign in once more."""
    if again is None:
        return attempt
    sealed = kept.seal(browser_token, again.typed) if again.typed else None
    return replace(attempt, member=again.member.id, kept=sealed)


async def _counted(provider: Provider, address: str, browser_token: str | None) -> str:
    """Count a sign-in that begins; return its browser's token, a new one if it has none.

    Raises:
        TooOften: too many began there lately; the first of them is recorded.
    """
    if browser_token is not None and len(browser_token) != sessions.TOKEN_LENGTH:
        browser_token = None
    try:
        limits.count_begun(address, browser_token)
    except TooOften as fault:
        await _record_if_news(fault, provider)
        raise
    return browser_token or sessions.new_token()


async def finish(
    provider: Provider,
    answer: Mapping[str, str],
    *,
    browser_token: str | None,
    address: str = "",
    replacing: str | None = None,
) -> SignedIn:
    """End a sign-in: prove who came back, find the member, begin her session.

    `answer` is what the provider put in the address; `address` is where the request came from;
    `replacing` the token of the session that the browser has now, which ends.

    Raises:
        TooOften: nobody was proved, as often before from this address; the first is recorded.
        NotPlaced: somebody was proved whom nobody has placed in an organisation.
        SignInFailed: nobody was proved. Either is recorded.
    """
    try:
        attempt = await _take(provider, answer.get("state"), browser_token)
        question = Question(
            attempt.redirect_uri, attempt.nonce, attempt.code_verifier, attempt.max_age_s
        )
        proved = await oidc.prove(provider, question, answer)
        typed = kept.unseal(browser_token or "", attempt.kept)
        asked = _Asked(attempt.return_to, replacing, attempt.member, typed)
        return await _begin_session(provider, proved, asked)
    except SignInFailed as fault:
        try:
            limits.count_failed(address)
        except TooOften as too_often:
            await _record_if_news(too_often, provider)
            raise too_often from fault
        await _record_failure(fault, provider)
        raise


def own_address(address: str) -> str:
    """Return the address if it is a page of ours, else the start.

    Threat T-20: a sign-in never ends on somebody else's page.
    """
    is_own = (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and len(address) <= ADDRESS_LENGTH
        and address.isprintable()
        and "\\" not in address
    )
    return address if is_own else "/"


async def _take(provider: Provider, state: str | None, browser_token: str | None) -> Attempt:
    # Threat T-17: an answer counts once, in the browser it was asked in, within ten minutes.
    if not state or not browser_token:
        raise SignInFailed(Why.NO_STATE)
    async with writing() as tx:
        attempt = await store.take_attempt(
            tx, sessions.hash_of(state), sessions.hash_of(browser_token)
        )
        at = tx.at
    if attempt is None:
        raise SignInFailed(Why.UNKNOWN_STATE)
    if at - attempt.begun_at > ATTEMPT_LIFE:
        raise SignInFailed(Why.TOO_LATE)
    # Each provider has a return address of its own: a second guard against mix-up (RFC 9700, 4.4).
    if attempt.provider != provider.code:
        raise SignInFailed(Why.OTHER_PROVIDER)
    return attempt


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a sign-in was begun for; `again` is who was to sign in once more, if somebody was."""

    return_to: str
    replacing: str | None
    again: MemberId | None = None
    typed: str | None = None


async def _begin_session(provider: Provider, proved: Proved, asked: _Asked) -> SignedIn:
    async with writing() as tx:
        member = await directory.find_by_claim(tx, proved.issuer, proved.subject)
        if member is None:
            member = await _claim_pending(tx, provider, proved)
        elif isinstance(member, Practitioner) and member.agency != _agency(provider, proved):
            # She is known, but her provider no longer places her where she was.
            raise NotPlaced(Why.OTHER_ORGANISATION, provider)
        if asked.again not in (None, member.id):
            raise SignInFailed(Why.SOMEBODY_ELSE)
        token = await sessions.begin_session(
            tx,
            member,
            provider=provider.code,
            replacing=asked.replacing,
            proved_at=proved.at,
            typed=asked.typed,
        )
        await log.record(
            tx,
            Entry(
                kind="sign-in:confirmed" if asked.again else "sign-in:done",
                outcome="noted",
                who=member.id,
                agency=member.agency,
                details={"provider": provider.code},
            ),
        )
    return SignedIn(token, member, asked.return_to)


async def _claim_pending(tx: Tx, provider: Provider, proved: Proved) -> Member:
    agency = _agency(provider, proved)
    if agency is None:
        raise NotPlaced(Why.NO_ORGANISATION, provider)
    if proved.mail is None:
        raise NotPlaced(Why.MAIL_NOT_VERIFIED, provider)
    pending = await directory.find_by_work_mail(tx, agency, proved.mail)
    if pending is None:
        raise NotPlaced(Why.NOT_ENROLLED, provider)
    try:
        await directory.claim_member(tx, pending.id, issuer=proved.issuer, subject=proved.subject)
    except Conflict as fault:
        # Somebody else signed in under this mail before: a mail address may be given again.
        raise NotPlaced(Why.CLAIMED_BEFORE, provider) from fault
    return pending


def _agency(provider: Provider, proved: Proved) -> AgencyCode | None:
    return provider.agency_of(proved.claims)


async def _record_if_news(fault: TooOften, provider: Provider) -> None:
    # Threat T-24: one line for many, or the log itself could be filled by who is turned away.
    if fault.is_news:
        await _record_failure(fault, provider)


async def _record_failure(fault: SignInFailed, provider: Provider) -> None:
    async with writing() as tx:
        await log.record(
            tx,
            Entry(
                kind="sign-in:failed",
                outcome="refused",
                details={"why": fault.why, "provider": provider.code},
            ),
        )
