"""The statement on the way into a room: a page that leads on to where one was going."""

from urllib.parse import urlencode

import pytest

from server.directory import store as directory
from server.kernel import clock
from server.kernel.database import writing
from tests.fakes.forms import forms_of
from web.statement_way import way_on

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_who_comes_to_a_meeting_accepts_the_statement_and_goes_on(house):
    async with writing() as tx:
        await directory.set_meeting(tx, house.room, clock.now(), None)
    top = f"/rooms/{house.room.hex}"
    async with await house.browser(house.bronagh) as browser:
        assert top in (await browser.get("/rooms")).text
        led = await browser.get(f"{top}/plan")
        assert (led.status_code, led.headers["location"]) == (303, f"{top}/statement?to={top}/plan")
        fetched = await browser.get(f"{top}/plan", headers={"sec-fetch-dest": "empty"})
        assert (fetched.status_code, fetched.text) == (428, "")
        page = await browser.get(led.headers["location"])
        (form,) = forms_of(page.text, f"{top}/statement")
        for answer, onward in (("no", "/home"), ("accept", f"{top}/plan")):
            body = urlencode([*form.fields, ("answer", answer)])
            said = await browser.post(f"{top}/statement", content=body, headers=FORM)
            assert said.headers["location"] == onward
            again = await browser.get(f"{top}/plan")
            assert again.status_code == (303 if answer == "no" else 200)
    async with await house.browser(house.saskia) as browser:
        assert (await browser.get(f"{top}/plan")).status_code == 404
        assert (await browser.get(f"{top}/statement")).status_code == 404


@pytest.mark.parametrize(
    "going",
    [
        "",
        "//evil.example",
        "https://evil.example",
        "/rooms/b/plan",
        "/rooms/a/../x",
        "/rooms/a/%2f",
    ],
)
def test_one_is_led_nowhere_else(going):
    assert way_on("a", going) == "/rooms/a"
