"""Recording what somebody of the family agreed, or that she said no.

The first yes to the help opens the room. Refusals are recorded as carefully as agreement.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from consent import bell, form, gate, ruling
from consent.consent import Consent, ConsentLine, ConsentState, agreed_with, live_lines
from consent.form import ConsentForm, Known
from consent.keeper import Keepers, change_access, hold_access
from consent.naming import family_of
from consent.rule_form import WordsForm
from consent.ruling import ReadBack
from consent.store import consents
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member, Practitioner
from server.directory.team import TeamState
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import ConsentId, RoomId, new_id

NOT_THE_LEAD = "GUARD-NOT-THE-LEAD"


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """What is wrong with a form, field by field, and the version of hers it would replace.

    `rules` are those out of her own words, as they are read back.
    """

    faults: Mapping[str, str]
    replaces: int
    rules: tuple[ReadBack, ...] = ()


async def check_consent(who: Member, room: RoomId, told: ConsentForm) -> CheckedForm:
    """Return what is wrong with a form as far as it is filled in; nothing is recorded of it.

    Raises:
        Refused: `who` does not lead the room.
    """
    async with writing() as tx:
        await ask_as_lead(tx, who, room)
        faults = await _faults(tx, room, told, await _known(tx, room, told))
        before = await consents.newest_number(tx, room, told.giver) if told.giver else None
        rules = [] if faults else await ruling.read_words(tx, who, room, _words(told))
        return CheckedForm(faults, before[1] if before else 0, tuple(rules))


async def ask_as_lead(tx: Tx, who: Member, room: RoomId) -> None:
    """Let pass only who leads the room, before anything is recorded.

    Raises:
        Refused: `who` does not lead the room.
    """
    await gate.require(tx, who, Act.PREPARE_CONSENT, label_of_room(room, Kind.CONSENT))


async def record_consent(
    who: Member, room: RoomId, told: ConsentForm, *, keepers: Keepers
) -> Consent:
    """Record what somebody agreed in a room; return the version it became.

    What she said before about the same people is replaced. A yes to the help opens a room that
    waited for it; a no leaves it waiting, for the lead to end it.

    Raises:
        Refused: `who` does not lead the room.
        Invalid: with a sentence for each field at fault; answers as `answers-{topic}-{agency}`.
        Conflict: what she agreed was changed since the form was filled in.

    Rule: Working Together 2023, early help: it rests on the family's agreement, given by
    somebody who may give it, after what it means was explained.
    """
    async with writing() as tx:
        await hold_access(tx, room)
        await gate.require(tx, who, Act.RECORD_CONSENT, label_of_room(room, Kind.CONSENT))
        known = await _known(tx, room, told)
        faults = await _faults(tx, room, told, known)
        if faults:
            raise Invalid(faults)
        consent, lines = await _next_version(tx, who, room, told, known)
        before = await consents.lines_of_giver(tx, room, consent.giver)
        await consents.add_consent(tx, consent, lines)
        await _open_room(tx, room, consent)
        await note_answer(tx, who, consent, count=len(lines))
        if told.rules:
            await ruling.add_rules(tx, who, room, _words(told))
        await change_access(tx, room, keepers)
        bell.ring(
            tx,
            label_of_room(room, Kind.CONSENT),
            bell.What.ACCESS,
            # To whom it was and is a no, nothing is shown, and so nothing is told.
            told=agreed_with(before) | agreed_with([*before, *lines]),
        )
        return consent


async def _faults(tx: Tx, room: RoomId, told: ConsentForm, known: Known) -> dict[str, str]:
    """Return what is wrong with the form and with the rules out of her own words."""
    faults = form.find_faults(told, known)
    if told.rules and told.giver is not None:
        if not told.own_words.strip():
            faults.setdefault("own_words", "Write what they said, as they said it")
        faults |= await ruling.faults_in(tx, room, _words(told))
    return faults


def _words(told: ConsentForm) -> WordsForm:
    return WordsForm(new_id(), told.giver, told.own_words, told.subjects, told.rules)


async def _known(tx: Tx, room: RoomId, told: ConsentForm) -> Known:
    named = {member for answer in told.answers.values() for member in answer.members}
    members = await directory.find_members(tx, named) if named else {}
    return Known(
        family=await family_of(tx, room),
        agencies=frozenset(agency.code for agency in await directory.list_agencies(tx)),
        practitioners={
            each: member for each, member in members.items() if isinstance(member, Practitioner)
        },
        at=tx.at,
    )


async def _next_version(
    tx: Tx, who: Member, room: RoomId, told: ConsentForm, known: Known
) -> tuple[Consent, list[ConsentLine]]:
    if told.giver is None or told.capacity is None or told.review_on is None:
        message = "a form with faults becomes no record"
        raise ValueError(message)
    before = await consents.newest_number(tx, room, told.giver)
    consent_id, version = before or (ConsentId(new_id()), 0)
    if told.replaces not in {None, version}:
        # She may have stopped something on her own page meanwhile: an older form must not undo it.
        raise Conflict
    consent = Consent(
        id=consent_id,
        version=version + 1,
        room=room,
        giver=told.giver,
        capacity=told.capacity,
        subjects=told.subjects,
        engaged=bool(told.engaged),
        state=form.state_of(told),
        explained=tuple(sorted(told.explained)),
        how=told.how,
        given_at=told.given_at or tx.at,
        until=form.end_of(told.review_on),
        review_on=told.review_on,
        recorder=who.id,
        recorded_at=tx.at,
        interpreter=told.interpreter.strip(),
        witness=told.witness.strip(),
        competence=told.competence.strip(),
        own_words=told.own_words.strip(),
        supersedes=version or None,
    )
    given = form.answers_in(told, known, consent=consent.id, version=consent.version)
    standing = live_lines(await consents.lines_of_giver(tx, room, told.giver)) if before else []
    closing = form.closing_lines(standing, given, of=consent)
    return consent, given + closing


async def _open_room(tx: Tx, room: RoomId, consent: Consent) -> None:
    team = await directory.get_team(tx, room)
    if consent.engaged and team.state is TeamState.PROPOSED:
        await directory.set_team_state(tx, room, TeamState.OPEN)
        bell.ring(tx, label_of_room(room), bell.What.ROOM)


async def note_answer(tx: Tx, who: Member, consent: Consent, *, count: int) -> None:
    """Note in the log what was said, inside the act that recorded it."""
    kind = "consent:refused" if consent.state is ConsentState.REFUSED else "consent:given"
    await log.record(
        tx,
        Entry(
            kind=kind,
            outcome="noted",
            who=who.id,
            agency=who.agency,
            room=consent.room,
            thing=consent.id,
            details={
                "consent": [{"id": consent.id.hex, "version": consent.version}],
                "giver": consent.giver.hex,
                "capacity": consent.capacity.value,
                "subjects": [subject.hex for subject in sorted(consent.subjects)],
                "state": consent.state.value,
                "explained": list(consent.explained),
                "how": consent.how,
                "review_on": consent.review_on.isoformat(),
                "count": count,
            },
        ),
    )
