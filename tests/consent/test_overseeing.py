"""The officer's look at the log: search, export, whole or not; each look is an entry itself."""

import csv
from dataclasses import replace
from datetime import timedelta

import pytest

from consent.overseeing import CSV_COLUMNS, Sought, check_log, export_log, safe_cell, search_log
from consent.protecting import protect
from consent.protection import Conflict, Exclusion
from policies.act import Act
from policies.decision import Denied
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.errors import Invalid
from server.kernel.ids import AgencyCode, MemberId, new_id
from tests.consent.acts import ask, entries
from tests.consent.samplewick import Samplewick


async def look(world: Samplewick, sought: Sought):
    page, _ = await search_log(world.members["noor"], sought)
    return page.entries


async def test_the_officer_sees_each_act_with_clause_basis_and_date(samplewick):
    await ask(samplewick.members["bronagh"], Act.OPEN_SECTION, samplewick.label("S3"))

    [seen] = await look(samplewick, Sought(kind="section:opened"))

    assert (seen.who, seen.agency) == (
        "Bronagh Exampleton",
        "Quillmere 0 to 19 Health, health visitors",
    )
    assert (seen.clause, seen.ground, seen.purpose) == ("QEH/3.2", "agreed", "plan")
    assert seen.lawful_basis.startswith("UK GDPR Art 6(1)(e)")
    assert len(seen.room) == 4
    assert [factor.name for factor in seen.factors] == [
        "place",
        "agreement",
        "family",
        "protection",
    ]
    assert all(factor.holds for factor in seen.factors)
    assert seen.factors[2].on == clock.today().isoformat()
    assert not seen.is_erased
    assert not seen.is_changed


async def test_refusals_are_found_by_person_room_organisation_act_and_day(samplewick):
    leona = samplewick.members["leona"]
    await ask(leona, Act.OPEN_SECTION, samplewick.label("S4"))
    [seen] = await look(samplewick, Sought(outcome="refused"))
    assert seen.why

    today = clock.today()
    for sought in (
        Sought(member=leona.id, kind="section:open-refused"),
        Sought(room=seen.room.lower(), outcome="refused"),
        Sought(agency=AgencyCode("bramblegate"), outcome="refused"),
        Sought(outcome="refused", since=today, until=today),
    ):
        assert [one.number for one in await look(samplewick, sought)] == [seen.number]
    for sought in (
        Sought(member=samplewick.members["gethin"].id, outcome="refused"),
        Sought(agency=AgencyCode("tansy_vale"), outcome="refused"),
        Sought(outcome="refused", until=today - timedelta(days=1)),
    ):
        assert await look(samplewick, sought) == ()


async def test_a_filter_that_makes_no_sense_is_told(samplewick):
    today = clock.today()

    with pytest.raises(Invalid) as wrong:
        await look(samplewick, Sought(room="????", since=today, until=today - timedelta(days=1)))

    assert set(wrong.value.faults) == {"room", "until"}


async def test_her_own_look_is_recorded_with_what_she_looked_for(samplewick):
    await look(samplewick, Sought(kind="consent:given"))

    noted, searched = (await entries())[:2]
    if noted.kind == "log:searched":
        noted, searched = searched, noted
    assert (searched.kind, searched.who) == ("log:searched", samplewick.members["noor"].id)
    assert noted.details is not None
    assert noted.details["kind"] == "consent:given"
    assert noted.details["count"] == 2


@pytest.mark.parametrize("who", ["imara", "ada", "yusuf", "tamsin"])
async def test_nobody_else_looks_into_the_log(samplewick, who):
    member = samplewick.members[who]

    for look_in in (search_log(member, Sought()), export_log(member, Sought()), check_log(member)):
        with pytest.raises(Denied):
            await look_in


async def test_the_filters_offer_kinds_organisations_and_people(samplewick):
    _, offered = await search_log(samplewick.members["noor"], Sought())

    assert "consent:given" in offered.kinds
    assert offered.agencies[AgencyCode("bramblegate")] == "Bramblegate Homes"
    assert {one.name for one in offered.members} >= {"Imara Testwell", "Saskia Fabriczek"}


async def test_the_export_is_recorded_and_has_every_entry(samplewick):
    lines = [line async for line in await export_log(samplewick.members["noor"], Sought())]

    rows = list(csv.reader(lines))
    assert tuple(rows[0]) == CSV_COLUMNS
    told = await entries()
    assert len(rows) == len(told) + 1
    assert {"log:exported", "consent:given"} <= {row[2] for row in rows}
    assert all(line.endswith("\r\n") for line in lines)


async def test_who_has_a_conflict_finds_nothing_of_that_room_and_another_officer_does(samplewick):
    noor, room = samplewick.members["noor"], samplewick.room
    other = replace(
        noor, id=MemberId(new_id()), name="Nell Sampleton", work_mail="nell@quillmere.example"
    )
    async with writing() as tx:
        await directory.add_member(tx, other)
        reference = (await directory.get_team(tx, room)).reference
        # Her sister's sign-ins are in no room, and tell of her all the same.
        tamsin = samplewick.members["tamsin"]
        entry = Entry(kind="session:begun", outcome="noted", who=tamsin.id, agency=tamsin.agency)
        await log.record(tx, entry)
    before = await look(samplewick, Sought(room=reference))
    assert before
    conflict = Exclusion(new_id(), room, "Her sister", member=noor.id, sort=Conflict.RELATED)
    await protect(samplewick.members["imara"], room, conflict, keepers=[samplewick.keeper])

    found, _ = await search_log(noor, Sought())
    rows = list(csv.reader([line async for line in await export_log(noor, Sought())]))[1:]
    with pytest.raises(Invalid) as shut:
        await look(samplewick, Sought(room=reference))
    with pytest.raises(Invalid) as unknown:
        await look(samplewick, Sought(room="ZZZZ"))
    hers, _ = await search_log(other, Sought(room=reference))

    assert {one.room for one in found.entries} == {""}
    assert "session:begun" not in {one.kind for one in found.entries}
    assert found.total == len(found.entries) < len(rows)  # her own looks came since
    assert not any(reference in row or "Tamsin" in row for row in rows)
    assert shut.value.faults == unknown.value.faults
    assert len(hers.entries) > len(before)


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_no_cell_of_an_export_can_run_as_a_formula(words):
    assert safe_cell(words) == f"'{words}"


def test_an_ordinary_cell_stays_as_it_is():
    assert safe_cell("QEH/3.2") == "QEH/3.2"
    assert safe_cell("") == ""


async def test_one_sentence_says_whether_the_log_is_whole(samplewick):
    checked = await check_log(samplewick.members["noor"])

    assert checked.sentence.startswith("The log is")
    assert checked.is_whole is ("not whole" not in checked.sentence)
    assert (await entries())[0].kind == "log:checked"


@pytest.mark.parametrize("field", ["kind", "outcome", "agency"])
async def test_no_words_come_into_the_log_by_what_was_looked_for(samplewick, field):
    said = {"kind": "", "outcome": "", "agency": "", field: "Otis Samplewick, 14 Row"}
    words = Sought(kind=said["kind"], outcome=said["outcome"], agency=AgencyCode(said["agency"]))

    with pytest.raises(Invalid) as wrong:
        await search_log(samplewick.members["noor"], words)

    assert set(wrong.value.faults) == {field}
