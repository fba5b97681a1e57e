"""'I put this in the wrong place': choose, see who has received it, take it back; no script."""

from urllib.parse import urlencode

from rooms import reading
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel.database import writing
from server.kernel.ids import MemberId, new_id
from tests.fakes.forms import forms_of
from tests.rooms.test_versions import write

FORM = {"content-type": "application/x-www-form-urlencoded"}
SECRET = 'Quexolm <b>"wrombad"'
SHOWN = "Quexolm &lt;b&gt;"


async def press(browser, page, address, *fields):
    form = next(one for one in forms_of(page.text, address))
    return await browser.post(address, content=urlencode([*form.fields, *fields]), headers=FORM)


async def officer(house) -> Practitioner:
    noor = Practitioner(
        id=MemberId(new_id()),
        agency=house.imara.agency,
        name="Noor Placeholder",
        role_title="Information governance officer",
        work_mail="noor@council.example",
        office=Office.IG_OFFICER,
    )
    async with writing() as tx:
        await directory.add_member(tx, noor)
    return noor


async def pages_of(house, who, *addresses):
    async with await house.browser(who) as browser:
        return [await browser.get(address) for address in addresses]


async def test_she_takes_back_what_she_wrote_and_those_are_told_who_must_know(house):
    part = await house.add_section(house.imara, "Otis at school")
    await write(house, part, house.bronagh, f" {SECRET}")
    await reading.read_plan(house.imara, house.room)
    top = f"/rooms/{house.room.hex}/plan/{part.hex}"
    address = f"{top}/take-back"
    async with await house.browser(house.bronagh) as browser:
        page = await browser.get(top)
        asked = await browser.get(address)
        nothing = await press(browser, asked, address)
        chosen = asked.text.split('name="passages"')[1].split('value="')[1].split('"')[0]
        sure = await press(browser, asked, address, ("passages", chosen))
        done = await press(browser, sure, f"{address}/now")
        again = await press(browser, sure, f"{address}/now")
    told_at = done.headers["location"]
    told, *hers = await pages_of(
        house, house.bronagh, told_at, address, top, f"{top}/versions/1", f"{top}/versions/2"
    )
    day, strange = await pages_of(house, house.imara, "/home", told_at)
    desk, her_day = await pages_of(house, await officer(house), "/desk/taken-back", "/home")
    others_day, forbidden = await pages_of(house, house.leona, "/home", "/desk/taken-back")

    assert f'href="{address}"' in page.text
    assert SHOWN in asked.text
    assert (nothing.status_code, sure.status_code, done.status_code) == (422, 200, 303)
    assert "Imara Testwell" in sure.text.split("<main")[1]
    assert again.status_code == 422
    assert "Your words are taken back" in told.text
    assert "Imara Testwell" in told.text.split("<main")[1]
    assert [one for one in (told, *hers, day, desk, her_day) if "Quexolm" in one.text] == []
    assert "You have not written anything here" in hers[0].text
    assert f'href="{top}">Words were taken back in room' in day.text
    assert "Bronagh Exampleton" in desk.text
    assert "Imara Testwell" in desk.text
    assert "Otis" not in desk.text
    assert 'href="/desk/taken-back">Words were taken back in room' in her_day.text
    assert "taken back" not in others_day.text
    assert (strange.status_code, forbidden.status_code) == (404, 404)
