"""What the tests of consent ask the gate, each in a transaction of its own."""

from collections.abc import Iterable

from consent import gate
from consent.capability import Capability
from consent.withdrawing import Withdrawal, withdraw
from policies.act import Act
from policies.decision import Decision, Denied
from policies.facts import Label
from server.audit import search
from server.audit.search import Filter, SeenEntry
from server.directory.member import Member
from server.kernel.database import reading, writing
from server.kernel.ids import AgencyCode
from tests.consent.samplewick import Samplewick

BRAMBLEGATE = AgencyCode("bramblegate")


async def ask(who: Member, act: Act, label: Label) -> Decision:
    """The gate's decision, allowed or not."""
    try:
        async with writing() as tx:
            return await gate.require(tx, who, act, label)
    except Denied as no:
        return no.decision


async def sift(who: Member, act: Act, labels: Iterable[Label]) -> list[Label]:
    """What the gate lets through of a list."""
    async with writing() as tx:
        return await gate.sift(tx, who, act, labels)


async def hold(world: Samplewick, who: str) -> Capability:
    """What somebody may do live with all parts of the plan."""
    async with writing() as tx:
        return await gate.capability(
            tx, world.members[who], world.room, list(world.keeper.kept.values())
        )


async def entries(sought: Filter | None = None) -> list[SeenEntry]:
    """The log, newest first."""
    async with reading() as tx:
        return [entry async for entry in search.all_entries(tx, sought or Filter())]


async def stop(world: Samplewick, topic: str, *, recorded_by: str = "tamsin") -> None:
    """Tamsin stops a topic for housing."""
    stopped = Withdrawal(
        giver=world.people["tamsin"],
        topics=frozenset({topic}),
        agencies=frozenset({BRAMBLEGATE}),
    )
    await withdraw(world.members[recorded_by], world.room, stopped, keepers=[world.keeper])
