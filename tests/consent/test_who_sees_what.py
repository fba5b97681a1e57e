"""The demo family's table: who may see and change which part of the plan, cell by cell."""

from consent import gate
from consent.withdrawing import Withdrawal, withdraw
from policies.act import Act
from server.kernel.database import writing
from server.kernel.ids import AgencyCode
from tests.consent.samplewick import Samplewick

WHO = ("imara", "bronagh", "ketan", "leona", "gethin", "tamsin", "juno", "dorran")
DAY_D = """
S1  E V V V - V - -
S2  E E E V - V V -
S3  E E E - - V - -
S4  V E E - - V - -
S5  V E - - - V - -
S6  V V - E - V - -
S7  E V - - - V - -
S8  V - - V E V - -
S9  V - E - - - V -
S10 E - E - - V V -
S11 E V - V - V - -
S12 E E E V - V V -
S13 E - - - - V - V
S14 V V - - E - - -
S15 E E E - - V - -
"""
BRAMBLEGATE = AgencyCode("bramblegate")


async def table(world: Samplewick) -> dict[str, str]:
    """What everybody may do with every part, as the demo's table writes it."""
    rows: dict[str, list[str]] = {part: [] for part in world.keeper.kept}
    for who in WHO:
        async with writing() as tx:
            held = await gate.capability(
                tx, world.members[who], world.room, list(world.keeper.kept.values())
            )
        for part, label in world.keeper.kept.items():
            may_edit = held.allows(Act.EDIT_SECTION, label.thing)
            may_see = held.allows(Act.OPEN_SECTION, label.thing)
            rows[part].append("E" if may_edit else "V" if may_see else "-")
    return {part: " ".join(cells) for part, cells in rows.items()}


def expected() -> dict[str, str]:
    lines = (line.split(maxsplit=1) for line in DAY_D.strip().splitlines())
    return {part: cells for part, cells in lines}


async def stop(world: Samplewick, topic: str, who: str = "tamsin") -> None:
    stopped = Withdrawal(
        giver=world.people["tamsin"],
        topics=frozenset({topic}),
        agencies=frozenset({BRAMBLEGATE}),
    )
    await withdraw(world.members[who], world.room, stopped, keepers=[world.keeper])


async def test_everybody_sees_and_changes_just_what_the_demo_says(samplewick):
    await stop(samplewick, "money", who="imara")

    assert await table(samplewick) == expected()
