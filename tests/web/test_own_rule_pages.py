"""What somebody keeps from others: on her own page after a tap, and on nobody else's."""

import re

import pytest

from consent import ruling
from consent.protection import RuleSort
from consent.rule_form import RuleForm, WordsForm
from server.kernel.ids import new_id
from tests.fakes.family_room import KEEPERS
from tests.fakes.forms import send
from tests.web.test_family_pages import HOSTILE, dorran_in

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

WORDS = "Nobody tells Dorran where we are."


async def keep_from(house, dorran):
    rule = RuleForm(
        RuleSort.NEVER, people=frozenset({dorran.person}), topics=frozenset({"address"})
    )
    tamsin = house.people["Tamsin"]
    told = WordsForm(new_id(), tamsin, WORDS, frozenset({tamsin}), (rule,))
    await ruling.set_rules(house.imara, house.room, told, keepers=KEEPERS)


async def pages_of(house, who, *addresses):
    """The pages as they are but for what is new each time."""
    async with await house.browser(who) as browser:
        found = [(await browser.get(one)).text for one in addresses]
    return [re.sub(r'(nonce|value|content)="[^"]+"', "", one) for one in found]


async def test_her_rule_stands_behind_a_tap_and_his_pages_are_as_if_there_were_none(house):
    top = f"/y/choices/{house.room.hex}/words"
    dorran = await dorran_in(house)
    his = (top, f"{top}?show=yes", "/y/choices", "/y/home", "/y/looked")
    before = await pages_of(house, dorran, *his)
    [untapped] = await pages_of(house, house.tamsin, top)

    await keep_from(house, dorran)

    closed, shown = await pages_of(house, house.tamsin, top, f"{top}?show=yes")
    assert closed == untapped
    for said in (WORDS, "Dorran Fictonby", "Where we live now", "They never see it"):
        assert said in shown
        assert said not in closed
    assert await pages_of(house, dorran, *his) == before


async def test_she_asks_to_end_it_the_lead_answers_and_nothing_opens(house):
    dorran = await dorran_in(house)
    await keep_from(house, dorran)
    top = f"/y/choices/{house.room.hex}/words"
    async with (
        await house.browser(house.tamsin) as tamsin,
        await house.browser(house.imara) as imara,
        await house.browser(dorran) as father,
        await house.browser(house.bronagh) as bronagh,
    ):
        [asking] = re.findall(rf'href="({top}/\w+)"', (await tamsin.get(f"{top}?show=yes")).text)
        form = await tamsin.get(asking)
        missing = await send(tamsin, form, asking, ("wish", "change"), ("words", ""))
        sent = await send(tamsin, missing, asking, ("wish", "end"), ("words", HOSTILE))
        day = await imara.get("/home")
        listed = await imara.get(f"/rooms/{house.room.hex}/protection")
        [to_answer] = re.findall(r'href="(/rooms/\w+/protection/wish/\w+)"', listed.text)
        empty = await send(imara, await imara.get(to_answer), to_answer, ("words", ""))
        await send(imara, empty, to_answer, ("words", "We talked. It stays."))
        answered = await tamsin.get(f"{top}?show=yes")
        others = [
            await one.get(address)
            for one in (father, bronagh)
            for address in (asking, f"{top}?show=yes", to_answer)
        ]

    assert missing.status_code == 422
    assert "Say what should be different" in missing.text
    assert sent.headers["location"] == f"{top}?show=yes&done=asked"
    assert "They ask about a rule" in day.text
    assert "Speak with Tamsin Samplewick first" in empty.text
    assert HOSTILE not in empty.text
    assert "We talked. It stays." in answered.text
    assert WORDS in answered.text
    assert [one.status_code for one in others] == [404, 200, 404, 404, 404, 404]
    assert all(WORDS not in one.text and "Dorran" not in one.text for one in others)
