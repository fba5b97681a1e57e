"""Confirming from when the duty to share applies here: an information governance officer does.

Rule: ADR-0012: the day in the settings is what is expected, and nothing rests on it.
"""

from dataclasses import dataclass
from datetime import date

from consent import gate
from consent.duty import DutyStart
from consent.store import duties
from policies.act import Act
from policies.facts import Kind, label_of_house
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import writing
from server.kernel.errors import Invalid

FIRST_DAY = date(2026, 1, 1)
LAST_DAY = date(2040, 1, 1)


@dataclass(frozen=True, slots=True)
class ConfirmedDuty:
    """What was confirmed, and the name of who did."""

    start: DutyStart
    by: str


async def view_duty(who: Member) -> ConfirmedDuty | None:
    """Return what was confirmed last, or None if nobody has.

    Raises:
        Refused: it is not hers to look after.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_DUTY, label_of_house(Kind.SETTING))
        start = await duties.find_duty_start(tx)
        if start is None:
            return None
        found = await directory.find_member(tx, start.confirmed_by)
        return ConfirmedDuty(start, found.name if found else "")


async def confirm_duty(who: Member, starts_on: date | None) -> None:
    """Record from which day the duty applies; from now on, for all decisions.

    Raises:
        Refused: it is not hers to confirm.
        Invalid: there is no day, or it cannot be.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.CONFIRM_DUTY, label_of_house(Kind.SETTING))
        if starts_on is None or not FIRST_DAY <= starts_on < LAST_DAY:
            sentence = "Enter the day on which the duty begins, as the law has it"
            raise Invalid({"starts_on": sentence})
        await duties.add_duty_start(tx, starts_on, by=who.id)
        entry = Entry(
            kind="duty:confirm-noted",
            outcome="noted",
            who=who.id,
            agency=who.agency,
            details={"starts_on": starts_on.isoformat()},
        )
        await log.record(tx, entry)
