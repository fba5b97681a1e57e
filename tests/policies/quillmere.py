"""The partnership of the demo for tests: its agencies, and its agreement in force."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from consent import activating
from policies import packs
from policies.isa import Isa, Party, PartyState
from server.directory import store as directory
from server.directory.agency import Agency
from server.kernel import clock, database
from server.kernel.ids import AgencyCode

SECTORS: Mapping[AgencyCode, str] = {
    AgencyCode("tansy_vale"): "education",
    AgencyCode("quillmere_hv"): "health_visiting",
    AgencyCode("quillmere_sn"): "school_nursing",
    AgencyCode("bramblegate"): "housing",
    AgencyCode("quillmere_police"): "police",
    AgencyCode("lantern_thread"): "voluntary",
    AgencyCode("quillmere_council"): "host",
}
UNSIGNED = AgencyCode("lantern_thread")
SIGNED = tuple(agency for agency in SECTORS if agency != UNSIGNED)


def quillmere(starts: date = date(2026, 4, 1), ends: date = date(2027, 4, 1)) -> Isa:
    """Return version 3 of the agreement, to run between these days."""
    return packs.read_pack(packs.find_pack("qeh_3"), starts=starts, ends=ends)


def signed_by(*agencies: AgencyCode, since: datetime) -> list[Party]:
    """Return the signatures of these agencies."""
    return [Party(agency, PartyState.SIGNED, since) for agency in agencies]


async def lay_quillmere(*signed: AgencyCode, with_agencies: bool = True) -> None:
    """Put the house's rules and the agreement in force since sixty days ago, signed by these.

    Without names, every agency of the demo that has signed it there.
    """
    before = clock.now() - timedelta(days=60)
    with clock.moved_to(before):
        if with_agencies:
            async with database.writing() as tx:
                for code, sector in SECTORS.items():
                    await directory.add_agency(tx, Agency(code, str(code).title(), sector))
        await activating.lay_house_rules()
        await activating.activate_isa(
            packs.find_pack("qeh_3"),
            starts=clock.london_day(before),
            ends=clock.london_day(before) + timedelta(days=365),
            review_on=clock.london_day(before) + timedelta(days=335),
            parties=signed_by(*(signed or SIGNED), since=before.astimezone(UTC)),
        )
