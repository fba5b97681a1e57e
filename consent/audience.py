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
    names = {agency.code: agency.name for agency in await directory.list_agencies(tx)}
    return _audience(who, await gate.readers(tx, who, label, act), names)


async def audiences_in(
    look: gate.Look, labels: Sequence[Label], names: Mapping[AgencyCode, str]
) -> list[Audience]:
    """Return who may open each of these sections of a room looked at, in their order."""
    each = await look.readers_of_each(labels)
    return [_audience(look.who, readers, names) for readers in each]


def _audience(
    who: Member, readers: Sequence[gate.Reader], names: Mapping[AgencyCode, str]
) -> Audience:
    return Audience(tuple(_listed(who, one, names) for one in readers))


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
