"""Who has a place, whom the lead can invite, and what stops her before anything is sent."""

from urllib.parse import urlencode

from server.audit import search
from server.audit.search import Filter
from server.directory import store as directory
from server.directory.member import Practitioner
from server.kernel.database import reading, writing
from server.kernel.ids import AgencyCode, MemberId, new_id
from tests.fakes.forms import csrf_of, forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def post(browser, address, *fields, page=None):
    seen = page or (await browser.get(address)).text
    sent = [("csrf", csrf_of(seen)), *fields]
    return await browser.post(address, content=urlencode(sent), headers=FORM)


def said(text):
    return " ".join(text.split("<main")[1].split("</main>")[0].split())


async def recorded(kind):
    async with reading() as tx:
        return [one async for one in search.all_entries(tx, Filter(kind=kind))]


async def new_colleague(name="Perrin Trialman", agency="tansy_vale"):
    perrin = Practitioner(
        MemberId(new_id()), AgencyCode(agency), name, "Safeguarding lead", "perrin@school.example"
    )
    async with writing() as tx:
        await directory.add_member(tx, perrin)
    return perrin


def top_of(house):
    return f"/rooms/{house.room.hex}/people"


async def test_the_people_of_a_room_stand_with_organisation_and_part(house):
    async with await house.browser(house.leona) as browser:
        page = await browser.get(top_of(house))
        piece = await browser.get(f"{top_of(house)}/fragment")
    async with await house.browser(house.imara) as browser:
        of_lead = await browser.get(top_of(house))

    for answer in (page, piece):
        assert "Bronagh Exampleton" in answer.text
        assert "Quillmere 0 to 19 Health" in answer.text
        assert "Invited, not in yet" in answer.text
        assert "Tamsin Samplewick" in answer.text
    assert "Leona Mockingham (you)" in said(page.text)
    assert "<html" not in piece.text
    assert "You may not be seeing everything." in page.text
    assert f"{top_of(house)}/invite" not in page.text
    assert f"{top_of(house)}/invite" in of_lead.text


async def test_an_unsigned_organisation_stops_the_invitation_and_the_lead_reads_why(house):
    async with await house.browser(house.imara) as browser:
        listed = await browser.get(f"{top_of(house)}/invite")
        stopped = await post(
            browser,
            f"{top_of(house)}/invite",
            ("member", house.saskia.id.hex),
            ("press", "check"),
        )
        sent = await post(
            browser, f"{top_of(house)}/invite", ("member", house.saskia.id.hex), ("press", "send")
        )
        people = await browser.get(top_of(house))

    assert "Saskia Fabriczek" in listed.text
    assert "Lantern Thread" in listed.text
    assert forms_of(listed.text, f"{top_of(house)}/invite")[0].get("member") == ""
    for page in (stopped, sent):
        assert page.status_code == 200
        assert "Saskia Fabriczek cannot be invited" in said(page.text)
        assert "has not signed the sharing agreement" in said(page.text)
        assert "Nothing was sent" in said(page.text)
        assert forms_of(page.text, f"{top_of(house)}/invite") == []
    assert "Saskia" not in people.text
    refused = await recorded("seat:invite-refused")
    assert refused
    assert all(one.outcome == "refused" for one in refused)


async def test_who_passes_is_checked_first_and_invited_when_the_lead_sends(house):
    section = "Otis at school"
    await house.add_section(house.imara, section)
    perrin = await new_colleague()
    address = f"{top_of(house)}/invite"
    async with await house.browser(house.imara) as browser:
        checked = await post(
            browser, address, ("member", perrin.id.hex), ("safeguard", "yes"), ("press", "check")
        )
        before = await browser.get(top_of(house))
        (form,) = forms_of(checked.text, address)
        sent = await browser.post(
            address, content=urlencode([*form.fields, ("press", "send")]), headers=FORM
        )
        again = await browser.post(
            address, content=urlencode([*form.fields, ("press", "send")]), headers=FORM
        )
        after = await browser.get(top_of(house))
    async with await house.browser(perrin) as browser:
        rooms = await browser.get("/rooms")

    assert "You can invite Perrin Trialman" in said(checked.text)
    assert section in said(checked.text)
    assert form.get("safeguard") == "yes"
    assert "Perrin" not in before.text
    assert sent.headers["location"] == top_of(house)
    assert "Perrin Trialman" in after.text
    assert "Already has a place in this room." in said(again.text)
    assert f"/rooms/{house.room.hex}" in rooms.text


async def test_a_check_alone_gives_no_place_and_is_recorded_as_a_check(house):
    perrin = await new_colleague()
    async with await house.browser(house.imara) as browser:
        await post(
            browser, f"{top_of(house)}/invite", ("member", perrin.id.hex), ("press", "check")
        )
    async with await house.browser(perrin) as browser:
        rooms = await browser.get("/rooms")

    prepared = [one for one in await recorded("seat:prepared") if one.thing == perrin.id]
    assert [one.outcome for one in prepared] == ["allowed"]
    assert [one for one in await recorded("seat:invited") if one.thing == perrin.id] == []
    assert "You are not in any rooms." in rooms.text


async def test_to_choose_nobody_or_somebody_unknown_is_asked_again(house):
    perrin = await new_colleague("Perrin <b>Trialman</b>")
    address = f"{top_of(house)}/invite"
    async with await house.browser(house.imara) as browser:
        nobody = await post(browser, address, ("safeguard", "yes"), ("press", "check"))
        unknown = await post(browser, address, ("member", new_id().hex), ("press", "check"))
        nonsense = await post(browser, address, ("member", "<i>"), ("press", "check"))

    for page in (nobody, unknown, nonsense):
        assert page.status_code == 422
        assert 'href="#member"' in page.text
        assert 'id="member"' in page.text
        assert perrin.id.hex in page.text
        assert "<b>" not in page.text
        assert "<i>" not in page.text
    assert forms_of(nobody.text, address)[0].get("safeguard") == "yes"


async def test_only_the_lead_invites(house):
    perrin = await new_colleague()
    async with await house.browser(house.leona) as browser:
        seen = (await browser.get(top_of(house))).text
        pages = [
            await browser.get(f"{top_of(house)}/invite"),
            await browser.get(f"{top_of(house)}/family"),
            await post(
                browser,
                f"{top_of(house)}/invite",
                ("member", perrin.id.hex),
                ("press", "send"),
                page=seen,
            ),
            await post(
                browser,
                f"{top_of(house)}/family",
                ("person", house.people["Otis"].hex),
                page=seen,
            ),
        ]
        after = await browser.get(top_of(house))

    assert {page.status_code for page in pages} == {404}
    assert "Perrin" not in after.text
    assert "Otis" not in after.text


async def test_the_lead_gives_one_of_the_family_a_page_once(house):
    address = f"{top_of(house)}/family"
    async with await house.browser(house.imara) as browser:
        asked = await browser.get(address)
        nobody = await post(browser, address)
        unknown = await post(browser, address, ("person", new_id().hex))
        given = await post(browser, address, ("person", house.people["Otis"].hex))
        twice = await post(browser, address, ("person", house.people["Otis"].hex))
        people = await browser.get(top_of(house))
        later = await browser.get(address)

    assert "Otis Samplewick" in asked.text
    assert "Tamsin Samplewick" not in asked.text
    assert nobody.status_code == 422
    assert 'href="#person"' in nobody.text
    assert unknown.status_code == 404
    assert [given.status_code, twice.status_code] == [303, 303]
    assert people.text.count("Otis Samplewick") == 1
    assert "Young person" in said(people.text)
    assert "Otis Samplewick" not in later.text
