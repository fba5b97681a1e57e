"""How somebody of a family may be reached safely: in her own words, read by who leads her room."""

from consent import gate
from consent.recording_family import LONGEST_REACH
from consent.store import families
from policies.act import Act
from policies.facts import Kind, label_of_house
from server.directory.member import FamilyMember
from server.kernel.database import writing
from server.kernel.errors import Invalid

TOO_LONG = f"Use {LONGEST_REACH} letters or fewer"
_LABEL = label_of_house(Kind.ACCOUNT)


async def view_reach(who: FamilyMember) -> str:
    """Return what stands about how she may be reached.

    Raises:
        Refused: the gate let her not.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_OWN_DOOR, _LABEL)
        found = await families.find_people(tx, [who.person])
        return found[who.person].reach if who.person in found else ""


async def say_reach(who: FamilyMember, reach: str) -> None:
    """Keep how she may be reached, in place of what stood there; empty means that nothing is said.

    Raises:
        Refused: the gate let her not.
        Invalid: it is too long.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.SAY_REACH, _LABEL)
        if len(reach) > LONGEST_REACH:
            raise Invalid({"reach": TOO_LONG})
        await families.say_reach(tx, who.person, reach.strip())
