"""An agreement on pages, from draft to force: each step by whoever has that office."""

import re

import pytest

from consent import drafting, replaying
from policies import store
from policies.draft import Mark
from policies.isa_file import read_isa
from server.audit.search import Filter
from server.directory.member import Office
from server.identity import sessions
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import AgencyCode
from tests.consent.acts import entries
from tests.consent.officers import LANTERN, SCHOOL, began, draft_of, officer, sent, signed, widened
from tests.fakes.forms import csrf_of, forms_of
from web.session import SESSION_COOKIE

HOMES = AgencyCode("bramblegate")
POLICE = AgencyCode("quillmere_police")
HEALTH = AgencyCode("quillmere_hv")
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
async def noor(house):
    return await officer(POLICE, Office.IG_OFFICER)


async def press(browser, page: str, address: str, **typed) -> tuple[int, str, str]:
    """Send a form of a page with some fields typed anew: status, where to, what is said."""
    (form, *_) = forms_of(page, address)
    kept = [(name, value) for name, value in form.fields if name not in typed]
    more = [
        (n, v) for n, some in typed.items() for v in ([some] if isinstance(some, str) else some)
    ]
    answer = await browser.post(address, data=_as_lists(kept + more))
    return answer.status_code, answer.headers.get("location", ""), answer.text


async def _adds(browser, tests: str, says: dict[str, str], *, status: int = 303) -> str:
    page = (await browser.get(tests)).text
    form = forms_of(page, tests)[-1]
    kept = [(name, value) for name, value in form.fields if name not in says]
    answer = await browser.post(tests, data=_as_lists([*kept, *says.items()]))
    assert answer.status_code == status, answer.text
    return str(answer.text)


def _as_lists(pairs):
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


async def test_an_ig_officer_drafts_a_new_version_on_pages_and_sends_it(house, noor):
    async with await house.browser(noor) as browser:
        isa = (await browser.get("/agreements/QEH")).text
        status, where, _ = await press(browser, isa, "/agreements/QEH/draft")
        assert (status, where) == (303, "/agreements/QEH/draft")
        page = (await browser.get(where)).text
        assert "The agreement has no text." in page
        assert "Send to the organisations" not in page

        text = (await browser.get("/agreements/QEH/draft/text")).text
        status, _, said = await press(
            browser, text, "/agreements/QEH/draft/text", heading="Purpose", words="To help.",
            **{"starts-day": "45"},
        )  # fmt: skip
        assert (status, "as real dates" in said) == (422, True)
        status, where, _ = await press(
            browser, text, "/agreements/QEH/draft/text", heading="Purpose", words="To help."
        )
        assert status == 303

        rule = (await browser.get("/agreements/QEH/draft/rules/1")).text
        status, _, _ = await press(browser, rule, "/agreements/QEH/draft/rules/1", lawful_basis="")
        assert status == 303
        assert "names no lawful basis" in (page := (await browser.get(where)).text)
        status, _, said = await press(
            browser, rule, "/agreements/QEH/draft/rules/1", lawful_basis="Late"
        )
        assert (status, "Somebody else has changed" in said) == (409, True)
        rule = (await browser.get("/agreements/QEH/draft/rules/1")).text
        await press(browser, rule, "/agreements/QEH/draft/rules/1", lawful_basis="Art 6(1)(e)")

        page = (await browser.get(where)).text
        status, _, _ = await press(browser, page, "/agreements/QEH/draft/send")
        assert status == 303
        assert "With the data protection leads" in (await browser.get(where)).text
        assert 'href="/agreements/QEH/draft"' in (await browser.get("/agreements")).text


async def test_sentences_that_have_to_hold_are_written_and_tried_on_pages(house, noor, monkeypatch):
    await began(noor)
    async with await house.browser(noor) as browser:
        tests = "/agreements/QEH/draft/tests"
        says = {"role": "tac_member", "at": "sec_police", "verb": "export", "ground": "any",
                "category": "domestic_abuse", "source": "any", "may": "may never"}  # fmt: skip
        await _adds(browser, tests, says)
        await _adds(browser, tests, {**says, "verb": "view", "category": "identity_contact"})
        page = (await browser.get(tests)).text
        said = "The member of the team from police may never export “abuse at home”"
        assert said in page
        assert "Does not hold" in page
        assert (await press(browser, page, tests, press="1"))[0] == 303
        assert "Does not hold" not in (page := (await browser.get(tests)).text)
        assert (await _adds(browser, tests, {**says, "verb": "peek"}, status=422)).count("peek")
        assert "Who would gain or lose" in (await browser.get("/agreements/QEH/effect")).text
        past = (await browser.get("/agreements/QEH/effect/past")).text
        assert "decisions were decided once more" in past
        assert "this goes back to" not in past
        monkeypatch.setattr(replaying, "READ_AT_MOST", 2)
        past = (await browser.get("/agreements/QEH/effect/past")).text
        assert "The log holds more than is looked at here at once: this goes back to" in past


async def test_a_rule_keeps_what_its_form_shows(house, noor):
    await drafting.begin_draft(noor, drafting.FromForce("QEH"))
    before = (await draft_of(noor)).isa
    async with await house.browser(noor) as browser:
        for row in range(sum(len(one.terms) for one in before.clauses)):
            address = f"/agreements/QEH/draft/rules/{row}"
            status, _, said = await press(browser, (await browser.get(address)).text, address)
            assert status == 303, said

    after = (await draft_of(noor)).isa
    assert set(after.lines()) == set(before.lines())


async def test_leads_review_officers_sign_and_another_organisation_approves(house, noor):
    draft = await sent(noor, await widened(noor, await began(noor)))
    await signed(draft, [SCHOOL, HOMES])
    dpo = await officer(HEALTH, Office.DPO_CALDICOTT)
    signer = await officer(HEALTH, Office.SIGNING_OFFICER)
    for who, words in ((dpo, "I have reviewed"), (signer, "Sign for my organisation")):
        async with await house.browser(who, fresh=True) as browser:
            page = (await browser.get("/agreements/QEH/sign")).text
            assert words in page
            assert draft.digest in page
            assert (await press(browser, page, "/agreements/QEH/sign"))[0] == 303
            assert words not in (await browser.get("/agreements/QEH/sign")).text

    async with await house.browser(noor, fresh=True) as browser:
        own = (await browser.get("/agreements/QEH/approve")).text
        assert "somebody of another organisation approves it" in own
        assert not forms_of(own, "/agreements/QEH/approve")
    async with await house.browser(dpo, fresh=True) as browser:
        effect = (await browser.get("/agreements/QEH/effect")).text
        assert "Opens" in effect
        assert "attendance at school" in effect.lower()
        assert "Quillmere Police has not signed this version" in effect
        page = (await browser.get("/agreements/QEH/approve")).text
        status, _, said = await press(browser, page, "/agreements/QEH/approve", effect="0" * 64)
        assert (status, "It has been changed" in said) == (409, True)
        status, _, said = await press(browser, page, "/agreements/QEH/approve")
        told = re.search(r"It takes effect on ([^<]*)", said)
        assert (status, told and told.group(1).count(" at ")) == (200, 1)
    async with await house.browser(noor) as browser:
        assert (await browser.get("/agreements/QEH/approve")).status_code == 404


async def test_who_signs_or_approves_confirms_that_it_is_she_and_finds_what_she_typed(house, noor):
    draft = await sent(noor, await widened(noor, await began(noor)))
    await signed(draft, [SCHOOL, HOMES])
    dpo = await officer(HEALTH, Office.DPO_CALDICOTT)
    async with await house.browser(dpo) as browser:
        page = (await browser.get("/agreements/QEH/sign")).text
        status, _, said = await press(browser, page, "/agreements/QEH/sign")
        assert (status, "Nothing has been done yet" in said) == (403, True)
        page = (await browser.get("/agreements/QEH/approve")).text
        day = {"at-day": "3", "at-month": "2", "at-year": "2090"}
        status, _, said = await press(browser, page, "/agreements/QEH/approve", **day)
        assert (status, "Confirm it is you" in said) == (403, True)
        (form, *_) = forms_of(said, "/sign-in/confirm")
        typed = dict(form.fields)
    assert (await draft_of(noor)).who(Mark.SIGNED) == {SCHOOL, HOMES}
    refused = [(one.details or {}).get("why") for one in await entries(Filter(outcome="refused"))]
    assert refused == ["NOT-FRESH", "NOT-FRESH"]

    async with writing() as tx:
        token = await sessions.begin_session(
            tx, dpo, provider="p1", replacing=None, proved_at=tx.at,
            typed=f"{typed['to']}?{typed['typed']}",
        )  # fmt: skip
    async with await house.browser(dpo) as browser:
        browser.cookies.set(SESSION_COOKIE, token, domain="tacroom.example")
        page = (await browser.get("/agreements/QEH/approve")).text
        (form, *_) = forms_of(page, "/agreements/QEH/approve")
        assert set(day.items()) <= set(form.fields)
        status, _, said = await press(browser, page, "/agreements/QEH/approve")
        assert (status, "It takes effect on 3 February 2090" in said) == (200, True)


async def test_sharing_is_taken_away_and_others_are_asked_in_on_one_page(house, noor):
    async with await house.browser(noor) as browser:
        page = (await browser.get("/agreements/QEH/narrow")).text
        status, _, _ = await press(browser, page, "/agreements/QEH/parties", agency=LANTERN)
        assert status == 303
        status, _, said = await press(browser, page, "/agreements/QEH/narrow")
        assert (status, "Choose which rule is to go" in said) == (422, True)
        status, where, _ = await press(browser, page, "/agreements/QEH/narrow", row="0")
        assert (status, where) == (303, "/agreements/QEH?done=narrowed")
        assert "The rule is taken out" in (await browser.get(where)).text
        status, _, said = await press(browser, page, "/agreements/QEH/narrow", row="0")
        assert (status, "It has been changed" in said) == (409, True)
    dpo = await officer(SCHOOL, Office.DPO_CALDICOTT)
    async with await house.browser(dpo) as browser:
        page = (await browser.get("/agreements/QEH/sign")).text
        status, _, _ = await press(browser, page, "/agreements/QEH/stand-back", press="suspend")
        assert status == 303
        assert re.search(r">\s*Suspended\s*<", (await browser.get("/agreements/QEH")).text)


async def test_an_agreement_is_extended_suspended_lifted_and_ended_on_pages(house, noor):
    where = "/agreements/QEH/standing"
    async with reading() as tx:
        isa = await store.get_isa(tx, "QEH", 3)
    with clock.moved_to(clock.london_instant(isa.review_on, 9)):
        signer = await officer(SCHOOL, Office.SIGNING_OFFICER)
        async with await house.browser(signer) as browser:
            page = (await browser.get(where)).text
            status, _, said = await press(browser, page, "/agreements/QEH/extend")
            (form, *_) = forms_of(said, "/sign-in/confirm")
            assert (status, dict(form.fields)["to"]) == (403, where)
        async with await house.browser(signer, fresh=True) as browser:
            page = (await browser.get(where)).text
            assert "Review late" in page
            assert (await press(browser, page, "/agreements/QEH/extend"))[:2] == (303, where)
    with clock.moved_to(clock.london_instant(isa.review_on, 10)):
        async with await house.browser(signer, fresh=True) as browser:
            page = (await browser.get(where)).text
            assert "Tansy Vale School, said on" in page
            assert "/agreements/QEH/extend" not in page
            assert (
                "Some organisations go on as it is" in (await browser.get("/agreements/QEH")).text
            )
        async with await house.browser(noor) as browser:
            page = (await browser.get("/agreements/ends")).text
            assert "Bramblegate Homes" in page
            page = (await browser.get("/home")).text
            assert "Bramblegate Homes is party to no agreement from" in page
            page = (await browser.get("/agreements/QEH/narrow")).text
            await press(browser, page, "/agreements/QEH/narrow", press="suspend")
    with clock.moved_to(clock.london_instant(isa.review_on, 11)):
        for agency in (SCHOOL, HEALTH):
            who = await officer(agency, Office.SIGNING_OFFICER)
            async with await house.browser(who, fresh=True) as browser:
                page = (await browser.get(where)).text
                assert (await press(browser, page, "/agreements/QEH/lift"))[:2] == (303, where)
    with clock.moved_to(clock.london_instant(isa.review_on, 12)):
        async with await house.browser(noor) as browser:
            page = (await browser.get(where)).text
            assert re.search(r">\s*In force\s*<", page)
            status, _, said = await press(browser, page, "/agreements/QEH/end")
            assert (status, "Tick that you mean it" in said) == (422, True)
            assert (await press(browser, page, "/agreements/QEH/end", sure="yes"))[0] == 303


async def test_a_file_goes_out_and_comes_in_and_its_faults_are_named_by_line(house, noor):
    async with await house.browser(noor) as browser:
        answer = await browser.get("/agreements/QEH/file")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert read_isa(answer.text).isa.code == "QEH"
        page = (await browser.get("/agreements/new")).text
        bad = answer.text.replace("health_child", "health_kid", 1)
        status, _, said = await press(browser, page, "/agreements/new", file=bad)
        assert (status, "health_kid is not known" in said) == (422, True)
        assert re.search(r"Line \d+:", said)
        status, where, _ = await press(browser, page, "/agreements/new", file=answer.text)
        assert (status, where) == (303, "/agreements/QEH/draft")
        status, where, _ = await press(
            browser, page, "/agreements/new", template="s16la", code="MILL", title="Mill Lane"
        )
        assert (status, where) == (303, "/agreements/MILL/draft")


async def test_who_has_no_such_office_gets_the_page_that_is_nowhere(house, noor):
    await began(noor)
    async with await house.browser(house.imara) as browser:
        token = csrf_of((await browser.get("/actions")).text)
        for page in ("new", "QEH/draft", "QEH/draft/text", "QEH/draft/rules/0", "QEH/sign",
                     "QEH/effect", "QEH/approve", "QEH/narrow", "QEH/file",
                     "QEH/standing", "ends"):  # fmt: skip
            assert (await browser.get(f"/agreements/{page}")).status_code == 404
        for page in ("new", "QEH/draft", "QEH/draft/send", "QEH/draft/back", "QEH/sign",
                     "QEH/stand-back", "QEH/approve", "QEH/narrow", "QEH/parties", "QEH/extend",
                     "QEH/lift", "QEH/end"):  # fmt: skip
            answer = await browser.post(f"/agreements/{page}", data={"csrf": token})
            assert answer.status_code == 404
