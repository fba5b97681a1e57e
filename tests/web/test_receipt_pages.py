"""The receipt as a page: for the family, and for the lead to print."""

import re
from itertools import pairwise

STAFF = ("Imara", "Bronagh", "Leona", "Gethin")


def main_of(page):
    return page.text.split("<main")[1].split("</main")[0]


async def test_her_receipt_says_what_she_agreed_and_names_nobody_before_a_tap(house):
    top = f"/y/choices/{house.room.hex}/receipt"
    async with await house.browser(house.tamsin) as browser:
        assert f'href="{top}"' in (await browser.get("/y/choices")).text
        shut = await browser.get(top)
        opened = await browser.get(f"{top}?show=yes&size=large")

    assert "<title>Your page</title>" in " ".join(shut.text.split())
    words = " ".join(main_of(shut).split())
    assert re.search(r"Receipt [0-9A-F]{8}, version 1\.", words)
    assert "This is about yourself and 2 children of yours." in words
    assert "You said yes to: Quillmere 0 to 19 Health; Tansy Vale School." in words
    assert "pastoral lead at Tansy Vale School" in words
    assert not any(name in shut.text for name in ("Otis", "Pip", *STAFF))
    assert "Otis" in opened.text
    assert "app-large-print" in opened.text
    assert not any(name in opened.text for name in STAFF)


async def test_its_headings_go_down_one_by_one(house):
    async with await house.browser(house.tamsin) as browser:
        page = await browser.get(f"/y/choices/{house.room.hex}/receipt")

    levels = [int(level) for level in re.findall(r"<h([1-6])", main_of(page))]
    assert levels[0] == 1
    assert all(later <= before + 1 for before, later in pairwise(levels))


async def test_the_lead_prints_the_same_and_nobody_else_does(house):
    top = f"/rooms/{house.room.hex}/agreement"
    address = f"{top}/receipt/{house.people['Tamsin'].hex}"
    async with await house.browser(house.imara) as browser:
        assert f'href="{address}"' in (await browser.get(top)).text
        printed = await browser.get(address)
    async with await house.browser(house.bronagh) as browser:
        seen = (await browser.get(top)).text
        refused = await browser.get(address)

    assert "Tamsin Samplewick" in printed.text
    assert "Receipt to print" in printed.text
    assert "/receipt/" not in seen
    assert refused.status_code == 404
