"""What somebody stopped for an organisation that once had her yes. Pure, no I/O.

An organisation is asked to confirm that it has stopped only for what nobody's yes covers any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.consent import Choice, ConsentLine, live_lines
from server.kernel.ids import AgencyCode, ConsentId, PersonId


@dataclass(frozen=True, slots=True)
class Stop:
    """What one person stopped for one organisation: the newest version of it, and since when."""

    giver: PersonId
    agency: AgencyCode
    consent: ConsentId
    version: int
    at: datetime
    categories: frozenset[str]


def stops_in(lines: Sequence[ConsentLine], at: datetime) -> list[Stop]:
    """Return what was agreed once in a room, and is no longer, by giver and organisation.

    Rule: domain of agreement: from a withdrawal on, an organisation is told to cease; one
    parent's no undoes neither another's yes nor the young person's, and does not show it.
    """
    history: dict[tuple[object, ...], list[ConsentLine]] = {}
    for line in lines:
        history.setdefault(line.key, []).append(line)
    yes: dict[tuple[object, ...], set[PersonId]] = {}
    for line in live_lines(lines):
        if line.choice is Choice.YES and at < line.until:
            yes.setdefault(_about(line), set()).add(line.giver)
    # Rule: ADR-0008: what somebody answered about herself comes before what others answered.
    own = {_question(line) for line in lines if line.giver == line.subject}
    gone: dict[tuple[PersonId, AgencyCode], list[ConsentLine]] = {}
    for of_key in history.values():
        no = _stopping(of_key)
        if no is None:
            continue
        givers = yes.get(_about(no), set())
        is_covered = no.subject in givers if _question(no) in own else bool(givers)
        if not is_covered:
            gone.setdefault((no.giver, no.agency), []).append(no)
    return [_stop(of) for of in gone.values()]


def _question(line: ConsentLine) -> tuple[object, ...]:
    return (line.subject, line.category, line.purpose)


def _about(line: ConsentLine) -> tuple[object, ...]:
    return (*_question(line), line.agency)


def _stopping(of_key: Sequence[ConsentLine]) -> ConsentLine | None:
    """Return the first no after the last yes to one question, if it stands stopped."""
    said_yes = max((one.version for one in of_key if one.choice is Choice.YES), default=0)
    later = [one for one in of_key if one.version > said_yes and one.choice is Choice.NO]
    return min(later, key=lambda one: one.version, default=None) if said_yes else None


def _stop(of: Sequence[ConsentLine]) -> Stop:
    newest = max(of, key=lambda line: line.version)
    return Stop(
        giver=newest.giver,
        agency=newest.agency,
        consent=newest.consent,
        version=newest.version,
        at=newest.given_at,
        categories=frozenset(line.category for line in of),
    )


def unconfirmed(
    stops: Iterable[Stop], confirmed: Mapping[tuple[ConsentId, AgencyCode], int]
) -> list[Stop]:
    """Return those that the organisation has not confirmed since; `confirmed` has versions."""
    return [one for one in stops if confirmed.get((one.consent, one.agency), 0) < one.version]
