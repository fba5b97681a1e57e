"""Who will see something, in words for whoever is about to write it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consent import gate
from policies.act import Act
from policies.catalogue import catalogue
from policies.facts import Label
from server.directory import store as directory
from server.directory.agency import FAMILY
from server.directory.member import FamilyMember, Member, Practitioner
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, MemberId


@dataclass(frozen=True, slots=True)
class Listed:
    """One reader in words: to the family a practitioner is a role in an organisation."""

    member: MemberId
    name: str
    role: str
    agency: str


@dataclass(frozen=True, slots=True)
class Audience:
    """All readers that the asker may know of. The family is counted as people alone."""

    who: tuple[Listed, ...] = ()

    @property
    def people(self) -> int:
        """Return how many people will see it."""
        return len(self.who)

    @property
    def organisations(self) -> int:
        """Return from how many organisations they are."""
        return len({one.agency for one in self.who if one.agency})


async def audience_of(tx: Tx, who: Member, label: Label, act: Act = Act.OPEN_SECTION) -> Audience:
    """Return who may see the thing, as far as `who` may know of them; nothing is recorded."""
    return (await audiences_of(tx, who, [label], act))[0]


async def audiences_of(
    tx: Tx, who: Member, labels: Sequence[Label], act: Act = Act.OPEN_SECTION
) -> list[Audience]:
    """Return the same for several things of one room, in their order."""
    names = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    each = await gate.readers_of_each(tx, who, labels, act)
    return [Audience(tuple(_listed(who, one, names) for one in readers)) for readers in each]


def _listed(who: Member, reader: gate.Reader, names: Mapping[AgencyCode, str]) -> Listed:
    return Listed(
        member=reader.member.id,
        name=_name(who, reader.member),
        role=catalogue().roles.get(reader.role, reader.role.value),
        agency="" if reader.agency == FAMILY else names.get(reader.agency, ""),
    )


def _name(who: Member, reader: Member) -> str:
    if isinstance(reader, Practitioner) and isinstance(who, FamilyMember):
        return reader.role_title
    return reader.name
