"""What protects somebody, on pages: words as rules, markers, conflicts; and who learns nothing."""

from datetime import timedelta

import pytest

from consent.protecting import protect
from consent.protection import MarkerKind, SafetyMarker
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import MemberId, new_id
from tests.fakes.family_room import KEEPERS
from tests.fakes.forms import csrf_of, send
from tests.web.test_agreement_pages import day_fields, go_on, telling_fields, who_fields

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

HOSTILE = '"><script>alert(1)</script>'
WORDS = "Not Bramblegate. They talk."


def top_of(house):
    return f"/rooms/{house.room.hex}/protection"


async def officer(house) -> Practitioner:
    noor = Practitioner(
        MemberId(new_id()),
        house.imara.agency,
        "Noor Specimen",
        "Information governance officer",
        "noor@council.example",
        office=Office.IG_OFFICER,
    )
    async with writing() as tx:
        await directory.add_member(tx, noor)
    return noor


def rule(house, **more):
    fields = {
        "said_by": house.people["Tamsin"].hex,
        "words": WORDS,
        "subjects": house.people["Otis"].hex,
        "rule-1-who": "a:bramblegate",
        "rule-1-sort": "never",
        "rule-1-topics": "family_life",
        **more,
    }
    return [(name, value) for name, value in fields.items() if value]


async def test_words_become_a_rule_that_is_read_back_saved_written_anew_and_ended(house):
    await house.add_section(house.imara, "Herons at the weir", category="family_relationships")
    top = top_of(house)
    plan = f"/rooms/{house.room.hex}/plan"
    async with (
        await house.browser(house.imara) as imara,
        await house.browser(house.leona) as leona,
    ):
        assert "Herons at" in (await leona.get(plan)).text
        page = await imara.get(f"{top}/rule")
        assert " checked" not in page.text
        wrong = await send(imara, page, f"{top}/rule", *rule(house, subjects=""), ("go", "sure"))
        assert wrong.status_code == 422
        assert 'href="#subjects"' in wrong.text
        assert WORDS in wrong.text
        sure = await send(
            imara, wrong, f"{top}/rule", ("subjects", house.people["Otis"].hex), ("go", "sure")
        )
        assert "Bramblegate Homes: never. Nothing of ‘Family life’ about Otis" in sure.text
        assert "Leona Mockingham loses: Herons at the weir" in sure.text
        assert "Herons at" in (await leona.get(plan)).text
        saved = await send(imara, sure, f"{top}/rule", ("go", "save"))
        assert saved.headers["location"] == f"{top}?done=recorded"
        twice = await send(imara, sure, f"{top}/rule", ("go", "save"))
        assert twice.headers["location"] == top
        assert "Herons at" not in (await leona.get(plan)).text

        listed = (await imara.get(top)).text
        (address,) = [one.split('"')[0] for one in listed.split('href="') if "?instead=" in one]
        anew = await imara.get(address)
        assert WORDS in anew.text
        sure = await send(imara, anew, f"{top}/rule", ("rule-1-topics", "money"), ("go", "sure"))
        await send(imara, sure, f"{top}/rule", ("go", "save"))
        listed = (await imara.get(top)).text
        assert "‘Money and work’" in listed
        assert "‘Family life’" not in listed
        assert "Herons at" in (await leona.get(plan)).text

        (address,) = [one.split('"')[0] for one in listed.split('href="') if "/end" in one]
        ending = await imara.get(address)
        empty = await send(imara, ending, address, ("why", ""))
        assert empty.status_code == 422
        ended = await send(imara, empty, address, ("why", "Tamsin asked"))
        assert ended.headers["location"] == f"{top}?done=ended"
        assert "Nobody has asked for anything to be kept" in (await imara.get(top)).text
        assert (await imara.get(address)).status_code == 404


async def test_an_agreement_is_recorded_with_the_rules_of_its_words_in_one_go(house):
    async with await house.browser(house.imara) as browser:
        page = await browser.get(f"/rooms/{house.room.hex}/agreement/new")
        page = await go_on(browser, house, page, *who_fields(house))
        page = await go_on(browser, house, page, ("answers-school-tansy_vale", "yes"), ("go", "on"))
        page = await go_on(browser, house, page, *telling_fields(), ("keeps", "yes"), ("go", "on"))
        assert "What do their words mean?" in page.text
        assert "step 4 of 5" in page.text
        page = await go_on(browser, house, page, ("go", "on"))
        assert 'href="#rule-1-who"' in page.text
        page = await go_on(
            browser, house, page, ("rule-1-who", f"m:{house.leona.id.hex}"), ("go", "more")
        )
        assert "Rule 2" in page.text
        page = await go_on(
            browser,
            house,
            page,
            ("rule-1-sort", "never"),
            ("rule-1-topics", "everything"),
            ("go", "on"),
        )
        assert "Leona Mockingham: never. Nothing of everything" not in page.text
        assert "Leona Mockingham: never. Nothing about Tamsin Samplewick" in page.text
        saved = await go_on(browser, house, page, ("go", "save"))
        assert saved.status_code == 303
        listed = (await browser.get(top_of(house))).text

    assert "Leona Mockingham: never." in listed
    assert HOSTILE not in listed


async def test_visitors_are_told_of_a_danger_and_whom_it_is_about_is_not(house):
    noor = await officer(house)
    top = top_of(house)
    room = f"/rooms/{house.room.hex}"
    async with (
        await house.browser(noor) as desk,
        await house.browser(house.bronagh) as bronagh,
        await house.browser(house.gethin) as gethin,
    ):
        page = await desk.get(f"{top}/marker")
        fields = [
            ("kind", "risk_to_staff"),
            ("against", f"m:{house.gethin.id.hex}"),
            ("basis", "Said by the duty desk"),
            ("words", f"Visit in pairs {HOSTILE}"),
        ]
        wrong = await send(
            desk, page, f"{top}/marker", *fields, ("review_on-day", "31"), ("review_on-month", "2"),
            ("review_on-year", "2027"),
        )  # fmt: skip
        assert wrong.status_code == 422
        assert 'href="#review_on-day"' in wrong.text
        assert "Said by the duty desk" in wrong.text
        in_time = day_fields("review_on", clock.today() + timedelta(days=40))
        saved = await send(desk, wrong, f"{top}/marker", *in_time)
        assert saved.headers["location"] == f"{top}?done=recorded"

        told = (await bronagh.get(room)).text
        assert "Before you visit or ring" in told
        assert "Visit in pairs" in told
        assert HOSTILE not in told
        assert "Before you visit" not in (await gethin.get(room)).text
        for browser in (bronagh, gethin):
            assert (await browser.get(top)).status_code == 404


async def test_an_officer_reaches_a_room_by_its_reference_and_looks_at_a_marker_again(house):
    noor = await officer(house)
    top = top_of(house)
    marker = SafetyMarker(
        new_id(),
        house.room,
        MarkerKind.NO_CONTACT,
        "Said by Tamsin",
        protects=house.people["Tamsin"],
        person=house.people["Otis"],
        review_on=clock.today() + timedelta(days=20),
    )
    await protect(house.imara, house.room, marker, keepers=KEEPERS)
    async with reading() as tx:
        reference = (await directory.get_team(tx, house.room)).reference
    async with await house.browser(noor) as desk:
        nowhere = await desk.get("/desk/protection?reference=ZZZZ")
        assert "No room you can open has the reference ZZZZ." in nowhere.text
        led = await desk.get(f"/desk/protection?reference={reference.lower()}")
        assert led.headers["location"] == top
        listed = (await desk.get("/desk/protection")).text
        assert f"Room {reference}" in listed
        assert "Samplewick" not in listed
        page = await desk.get(top)
        (address,) = [
            one.split('"')[0] for one in page.text.split('action="') if "/review" in one[:120]
        ]
        late = await send(desk, page, address, *day_fields("review_on", clock.today()))
        assert late.status_code == 422
        later = day_fields("review_on", clock.today() + timedelta(days=90))
        stays = await send(desk, late, address, *later)
        assert stays.headers["location"] == f"{top}?done=reviewed"


async def test_who_has_a_conflict_gets_the_answer_of_a_room_that_is_not_there(house):
    top, room = top_of(house), f"/rooms/{house.room.hex}"
    async with (
        await house.browser(house.imara) as imara,
        await house.browser(house.leona) as leona,
    ):
        assert (await leona.get(room)).status_code == 200
        page = await imara.get(f"{top}/conflict")
        wrong = await send(imara, page, f"{top}/conflict", ("why", "Sisters"))
        assert 'href="#against"' in wrong.text
        assert 'href="#sort"' in wrong.text
        saved = await send(
            imara,
            wrong,
            f"{top}/conflict",
            ("against", f"m:{house.leona.id.hex}"),
            ("sort", "related"),
        )
        assert saved.status_code == 303

        def bare(answer):
            return answer.text.replace(csrf_of(answer.text), "")

        hers = await leona.get(room)
        nobodys = await leona.get(f"/rooms/{new_id().hex}")
        assert (hers.status_code, nobodys.status_code) == (404, 404)
        assert len(bare(hers)) == len(bare(nobodys))
        assert "You are not in any rooms" in (await leona.get("/rooms")).text
