"""The log on pages: what was done, by whom and why, looked for by posting, taken away, checked."""

import csv
import io
from urllib.parse import urlencode

import pytest

from policies.act import Act
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import MemberId, new_id
from tests.fakes.forms import csrf_of, forms_of
from web.log_words import KINDS, kind_words

FORM = {"content-type": "application/x-www-form-urlencoded"}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
async def noor(house):
    """The information governance officer."""
    officer = Practitioner(
        id=MemberId(new_id()),
        agency=house.imara.agency,
        name=f"Noor {HOSTILE}",
        role_title="Information governance officer",
        work_mail="noor@council.example",
        office=Office.IG_OFFICER,
    )
    async with writing() as tx:
        await directory.add_member(tx, officer)
    return officer


async def post(browser, address, *fields, page=None):
    seen = page or (await browser.get("/log")).text
    sent = [("csrf", csrf_of(seen)), *fields]
    return await browser.post(address, content=urlencode(sent), headers=FORM)


async def test_the_officer_sees_who_did_what_under_which_clause(house, noor):
    section = await house.add_section(house.imara, "plumcanary")
    async with await house.browser(house.bronagh) as browser:
        await browser.get(f"/rooms/{house.room.hex}/plan/{section.hex}")
    async with await house.browser(noor) as browser:
        page = await post(
            browser, "/log", ("member", house.bronagh.id.hex), ("kind", "section:opened")
        )

    assert "Opened a part of the plan" in page.text
    assert "Bronagh Exampleton" in page.text
    assert "QEH/3.2" in page.text
    assert "UK GDPR Art 6(1)(e)" in page.text
    assert "What the family agreed: in order." in page.text
    assert "plumcanary" not in page.text
    assert "<script>alert" not in page.text


async def test_refusals_stand_in_it_and_are_found_by_outcome(house, noor):
    section = await house.add_section(house.imara, "Otis at school")
    async with await house.browser(house.leona) as browser:
        refused = await browser.get(f"/rooms/{house.room.hex}/plan/{section.hex}")
    async with await house.browser(noor) as browser:
        page = await post(
            browser, "/log", ("outcome", "refused"), ("agency", str(house.leona.agency))
        )

    assert refused.status_code == 404
    assert "Refused: opened a part of the plan" in page.text
    assert "1 entry" in page.text


async def test_what_was_looked_for_is_posted_kept_and_asked_again_if_it_is_wrong(house, noor):
    async with await house.browser(noor) as browser:
        start = (await browser.get("/log")).text
        wrong = await post(
            browser,
            "/log",
            ("room", f"9{HOSTILE}"),
            ("since-day", "31"),
            ("since-month", "2"),
            ("since-year", "2026"),
            page=start,
        )
        unknown = await post(browser, "/log", ("room", HOSTILE), page=start)
        backwards = await post(
            browser,
            "/log/export",
            ("since-day", "2"),
            ("since-month", "2"),
            ("since-year", "2026"),
            ("until-day", "1"),
            ("until-month", "2"),
            ("until-year", "2026"),
            page=start,
        )
        nobody = await post(browser, "/log", ("member", "nobody"), page=start)

    (form,) = forms_of(start, "/log")[:1]
    assert form.action == "/log"
    assert [one.status_code for one in (wrong, unknown, backwards, nobody)] == [422] * 4
    assert 'href="#since-day"' in wrong.text
    assert forms_of(wrong.text, "/log")[0].get("room") == f"9{HOSTILE}"
    assert 'href="#room"' in unknown.text
    assert "Enter a last day after the first" in backwards.text
    assert "<script>alert" not in wrong.text + unknown.text


async def test_nothing_found_says_so(house, noor):
    day = clock.today().replace(year=clock.today().year - 3, day=1)
    async with await house.browser(noor) as browser:
        page = await post(
            browser,
            "/log",
            ("until-day", "1"),
            ("until-month", str(day.month)),
            ("until-year", str(day.year)),
        )

    assert "Nothing matches. Widen the dates." in page.text


async def test_older_entries_come_page_by_page_with_the_same_search(house, noor):
    async with await house.browser(house.imara) as browser:
        for _ in range(30):
            await browser.get("/agreements")
            await browser.get("/agreements/QEH")
    async with await house.browser(noor) as browser:
        first = await post(browser, "/log", ("member", house.imara.id.hex))
        onward = next(form for form in forms_of(first.text, "/log") if form.get("page"))
        second = await browser.post("/log", content=urlencode(onward.fields), headers=FORM)
        nonsense = await post(browser, "/log", ("page", "nonsense"))

    assert onward.get("member") == house.imara.id.hex
    assert "further back" in second.text
    assert "Imara Testwell" in second.text
    assert nonsense.status_code == 404


async def test_what_was_found_is_taken_away_as_a_file_without_a_formula(house, noor):
    async with await house.browser(noor) as browser:
        answer = await post(browser, "/log/export", ("agency", "tansy_vale"))

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="tacroom-log-')
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0][:3] == ["number", "time", "what"]
    assert {row[6] for row in rows[1:]} == {"Tansy Vale School"}


async def test_whether_the_log_is_whole_is_one_sentence_with_the_time(house, noor):
    async with await house.browser(noor) as browser:
        page = await browser.get("/log/check")

    assert "The log is whole" in page.text or "The log is not whole" in page.text
    assert f"Checked on {clock.today().day} " in page.text
    assert "tacroom verify-log" in page.text


async def test_the_log_is_nowhere_for_everybody_else(house, noor):
    del noor
    for who in (house.imara, house.tamsin):
        async with await house.browser(who) as browser:
            pages = [await browser.get(address) for address in ("/log", "/log/check")]
            form = (await browser.get("/actions")).text
            sent = urlencode([("csrf", csrf_of(form))])
            pages.append(await browser.post("/log/export", content=sent, headers=FORM))
        assert {page.status_code for page in pages} == {404}


def test_every_act_has_words_in_the_log_allowed_and_refused():
    for act in Act:
        assert act.past in KINDS
        assert kind_words(act.refused).startswith("Refused: ")
    assert kind_words("thing:unheard-of") == "thing:unheard-of"
