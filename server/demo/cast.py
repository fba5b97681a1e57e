"""Everybody and everything of the demo's story, by the short codes of the story."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from server.demo.installing import work_mail
from server.demo.partnership import DemoPractitioner
from server.directory.member import Member, Office, Practitioner
from server.kernel.errors import NotFound
from server.kernel.ids import (
    ActionId,
    AgencyCode,
    DocumentId,
    MemberId,
    PersonId,
    SectionId,
    new_id,
)

MONTHS_A_YEAR = 12
LAST_DAY_OF_EVERY_MONTH = 28


@dataclass(slots=True)
class Cast:
    """Whoever and whatever of the story exists by now."""

    members: dict[str, Member] = field(default_factory=dict)
    people: dict[str, PersonId] = field(default_factory=dict)
    parts: dict[str, SectionId] = field(default_factory=dict)
    actions: dict[str, ActionId] = field(default_factory=dict)
    documents: dict[str, DocumentId] = field(default_factory=dict)

    def practitioner(self, code: str) -> Practitioner:
        """Return a practitioner of the story."""
        found = self.members[code]
        if not isinstance(found, Practitioner):
            raise NotFound
        return found

    def ids(self, codes: Sequence[str]) -> frozenset[MemberId]:
        """Return the members of these codes."""
        return frozenset(self.members[code].id for code in codes)


def practitioner(one: DemoPractitioner) -> Practitioner:
    """Return a made-up practitioner as a member, with an id of her own."""
    return Practitioner(
        id=MemberId(new_id()),
        agency=AgencyCode(one.agency or ""),
        name=one.name,
        role_title=one.role_title,
        work_mail=work_mail(one.code),
        office=Office(one.office) if one.office else None,
    )


def months_before(day: date, months: int) -> date:
    """Return a day so many months earlier, so that ages stay what the story says."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 - months, MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, LAST_DAY_OF_EVERY_MONTH))
