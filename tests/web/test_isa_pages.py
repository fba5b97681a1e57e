"""Sharing agreements on pages: who has signed, and what each clause says in plain words."""

import re

from server.kernel.ids import new_id


async def test_the_list_says_where_ones_own_organisation_stands(house):
    async with await house.browser(house.leona) as browser:
        signed = (await browser.get("/agreements")).text
    async with await house.browser(house.saskia) as browser:
        unsigned = (await browser.get("/agreements")).text

    assert "Quillmere Early Help Partnership information sharing agreement" in signed
    assert 'href="/agreements/QEH"' in signed
    assert "In force" in signed
    assert "Your organisation: signed" in signed
    assert "Your organisation: not signed" in unsigned


async def test_one_agreement_shows_parties_dates_and_clauses_with_their_lawful_basis(house):
    async with await house.browser(house.bronagh) as browser:
        page = (await browser.get("/agreements/QEH")).text

    assert "Quillmere 0 to 19 Health (yours)" in page
    assert len(re.findall(r">\s*Signed\s*<", page)) == 4
    assert "Clause QEH/3.2" in page
    assert "UK GDPR Art 6(1)(e) public task" in page
    assert "DPA 2018 Sch 1 para 2" in page
    assert "The family's agreement as well" in page.replace("&#39;", "'")
    assert "Clause QEH/5.1: forbidden" in page
    assert "the lead practitioner and members of the team from health" in page
    assert "sec_" not in page
    assert "grp_" not in page
    assert "cat_" not in page


async def test_an_unknown_agreement_and_somebody_of_the_family_get_the_page_that_is_nowhere(house):
    async with await house.browser(house.imara) as browser:
        unknown = await browser.get(f"/agreements/{new_id().hex}")
    async with await house.browser(house.tamsin) as browser:
        answers = [await browser.get(address) for address in ("/agreements", "/agreements/QEH")]

    assert [one.status_code for one in (unknown, *answers)] == [404] * 3
