"""A form that contradicts itself says where, at each field, and keeps everything typed."""

from datetime import timedelta

import pytest

from server.kernel import clock
from tests.fakes.forms import forms_of
from tests.web.test_agreement_pages import day_fields, go_on, telling_fields, top_of, who_fields

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

HEALTH, SCHOOL = "answers-health-quillmere_hv", "answers-school-tansy_vale"


async def test_each_answer_that_says_two_things_is_named_at_its_field(house):
    leader, colleague = house.imara.id.hex, house.bronagh.id.hex
    async with await house.browser(house.imara) as browser:
        page = await browser.get(f"{top_of(house)}/new")
        answers = await go_on(browser, house, page, *who_fields(house))
        wrong = await go_on(
            browser,
            house,
            answers,
            (SCHOOL, "yes"),
            (SCHOOL, "no"),
            (HEALTH, "no"),
            ("names-health-quillmere_hv", colleague),
            ("names-home-tansy_vale", leader),
            ("answers-money-tansy_vale", "some"),
            ("answers-family_life-quillmere_hv", "ask_me"),
            ("go", "on"),
        )

    assert wrong.status_code == 422
    for field, sentence in (
        (SCHOOL, "School and learning: more than one answer for Tansy Vale School."),
        (HEALTH, "are ticked, but the answer is ‘No’."),
        ("answers-home-tansy_vale", "are ticked, but nothing is chosen."),
        ("answers-money-tansy_vale", "Money and work: choose who of Tansy Vale School"),
    ):
        assert f'href="#{field}"' in wrong.text
        assert sentence in wrong.text
    (form,) = forms_of(wrong.text, f"{top_of(house)}/new")
    assert form.get("names-health-quillmere_hv") == colleague
    assert form.get("names-home-tansy_vale") == leader
    assert form.get("answers-family_life-quillmere_hv") == "ask_me"


async def test_a_no_over_answered_topics_asks_which_it_is(house):
    async with await house.browser(house.imara) as browser:
        page = await browser.get(f"{top_of(house)}/new")
        answers = await go_on(browser, house, page, *who_fields(house))
        telling = await go_on(browser, house, answers, (SCHOOL, "yes"), ("go", "on"))
        before = await go_on(
            browser,
            house,
            telling,
            *telling_fields()[:-3],
            *day_fields("review_on", clock.today() - timedelta(days=1)),
            ("go", "on"),
        )
        assert 'href="#review_on-day"' in before.text
        assert "Enter a day after they told you" in before.text
        who = await go_on(browser, house, before, ("go", "who"))
        wrong = await go_on(browser, house, who, ("engaged", "no"), ("go", "on"))
        assert wrong.status_code == 422
        assert 'href="#engaged"' in wrong.text
        assert "They said no to the help, but some topics" in wrong.text
        # Yes it was, and all that was typed is there; or no, and the answers are taken away.
        yes = await go_on(browser, house, wrong, ("engaged", "yes"), ("go", "on"))
        (form,) = forms_of(yes.text, f"{top_of(house)}/new")
        assert form.get(SCHOOL) == "yes"
        no = await go_on(browser, house, wrong, ("drop", "yes"), ("go", "on"))
        later = day_fields("review_on", clock.today() + timedelta(days=90))
        back = await go_on(browser, house, no, *later, ("go", "on"))
        assert "You do not want the help." in back.text
        saved = await go_on(browser, house, back, ("go", "save"))
        assert saved.status_code == 303
        assert "Said no" in (await browser.get(top_of(house))).text


async def test_as_what_somebody_answered_must_fit_and_the_fields_say_so(house):
    otis = house.people["Otis"].hex
    as_child = [("giver", otis), ("subjects", otis), ("capacity", "child_competent_under_16")]
    as_grown = [("giver", otis), ("subjects", otis), ("capacity", "young_person_16_17")]
    async with await house.browser(house.imara) as browser:
        page = await browser.get(f"{top_of(house)}/new")
        child = await go_on(browser, house, page, *replaced(house, as_child))
        grown = await go_on(browser, house, page, *replaced(house, as_grown))

    assert 'href="#competence"' in child.text
    assert "Write who judged that they can decide this, and how" in child.text
    assert 'href="#capacity"' in grown.text
    assert "is not recorded as 16 or 17" in grown.text


def replaced(house, fields):
    names = {name for name, _ in fields}
    return [*(one for one in who_fields(house) if one[0] not in names), *fields]
