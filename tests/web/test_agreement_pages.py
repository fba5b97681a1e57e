"""What the family agreed, on pages: recorded step by step, read back, stopped, and asked about."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from server.kernel import clock
from server.kernel.ids import new_id
from tests.fakes.forms import csrf_of, forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
HOSTILE = '"><script>alert(1)</script>'


def top_of(house):
    return f"/rooms/{house.room.hex}/agreement"


async def post(browser, address, *fields, page=None):
    seen = page or (await browser.get(address)).text
    sent = [("csrf", csrf_of(seen)), *fields]
    return await browser.post(address, content=urlencode(sent), headers=FORM)


def day_fields(name, day):
    return [(f"{name}-{part}", str(getattr(day, part))) for part in ("day", "month", "year")]


def who_fields(house, *, engaged="yes", organisations=("tansy_vale", "quillmere_hv")):
    return [
        ("at", "who"),
        ("giver", house.people["Tamsin"].hex),
        ("capacity", "parent_with_pr"),
        *(("subjects", one.hex) for one in house.people.values()),
        *(
            ("explained", code)
            for code in ("privacy_notice", "sharing_without_asking", "no_is_fine")
        ),
        ("engaged", engaged),
        *(("organisations", code) for code in organisations),
        ("go", "on"),
    ]


def telling_fields():
    today = clock.today()
    return [
        ("how", "in_person"),
        ("own_words", HOSTILE),
        ("witness", HOSTILE),
        *day_fields("given_at", today),
        *day_fields("review_on", today + timedelta(days=100)),
    ]


async def go_on(browser, house, page, *fields):
    """Send the one form of a step with what was typed, as a browser does."""
    address = f"{top_of(house)}/new"
    (form,) = forms_of(page.text, address)
    names = {name for name, _ in fields}
    kept = [(name, value) for name, value in form.fields if name not in names]
    return await browser.post(address, content=urlencode([*kept, *fields]), headers=FORM)


async def read_back(browser, house, *answers):
    first = await browser.get(f"{top_of(house)}/new")
    second = await go_on(browser, house, first, *who_fields(house))
    third = await go_on(browser, house, second, *answers, ("go", "on"))
    return await go_on(browser, house, third, *telling_fields(), ("go", "on"))


async def test_what_was_agreed_stands_in_words_and_as_a_table(house):
    async with await house.browser(house.imara) as browser:
        page = (await browser.get(top_of(house))).text

    assert "You may not be seeing everything." in page
    assert "Tamsin Samplewick" in page
    assert "<strong>Yes:</strong> Quillmere 0 to 19 Health; Tansy Vale School" in page
    assert 'data-label="Tansy Vale School">Yes</td>' in page
    assert "Record what somebody agreed" in page
    assert "Samplewick" not in page.split("<title")[1].split("</title>")[0]


async def test_a_colleague_sees_what_was_said_about_her_organisation_and_no_more(house):
    async with await house.browser(house.leona) as browser:
        page = (await browser.get(top_of(house))).text
        new = await browser.get(f"{top_of(house)}/new")
        paper = await browser.get(f"{top_of(house)}/paper")
        stop = await browser.get(f"{top_of(house)}/stop")
        unknown = await browser.get(f"/rooms/{new_id().hex}/agreement")

    assert "Bramblegate Homes" in page
    assert "Quillmere 0 to 19 Health" not in page
    assert "Record what somebody agreed" not in page
    assert [one.status_code for one in (new, paper, stop, unknown)] == [404] * 4
    assert len({one.text.split("<main")[1] for one in (new, paper, stop, unknown)}) == 1


async def test_an_outsider_and_the_family_get_the_page_that_is_nowhere(house):
    for who in (house.saskia, house.tamsin):
        async with await house.browser(who) as browser:
            answers = [
                await browser.get(address)
                for address in (top_of(house), f"{top_of(house)}/fragment", f"/rooms/{'0' * 32}")
            ]
        assert {one.status_code for one in answers} == {404}
        assert len({one.text.split("<main")[1] for one in answers}) == 1


async def test_nothing_is_ticked_beforehand(house):
    async with await house.browser(house.imara) as browser:
        first = await browser.get(f"{top_of(house)}/new")
        second = await go_on(browser, house, first, *who_fields(house))

    assert " checked" not in first.text
    assert " checked" not in second.text
    assert 'name="answers-school-tansy_vale"' in second.text
    assert "answers-school-bramblegate" not in second.text


async def test_a_wrong_step_says_what_to_do_and_keeps_what_was_typed(house):
    async with await house.browser(house.imara) as browser:
        first = await browser.get(f"{top_of(house)}/new")
        empty = await go_on(browser, house, first, ("go", "on"))
        kept = await go_on(
            browser,
            house,
            first,
            ("giver", house.people["Tamsin"].hex),
            ("capacity", "adult_for_self"),
            ("subjects", house.people["Otis"].hex),
            ("competence", HOSTILE),
            ("engaged", "yes"),
            ("go", "on"),
        )

    assert (empty.status_code, kept.status_code) == (422, 422)
    assert 'href="#giver"' in empty.text
    assert 'href="#organisations"' in kept.text
    (form,) = forms_of(kept.text, f"{top_of(house)}/new")
    assert form.get("giver") == house.people["Tamsin"].hex
    assert form.get("competence") == HOSTILE
    assert "<script>alert" not in kept.text
    assert "Tamsin Samplewick cannot answer for Otis Samplewick" in kept.text


async def test_only_some_people_needs_their_names(house):
    async with await house.browser(house.imara) as browser:
        first = await browser.get(f"{top_of(house)}/new")
        second = await go_on(browser, house, first, *who_fields(house))
        unnamed = await go_on(
            browser, house, second, ("answers-school-quillmere_hv", "some"), ("go", "on")
        )
        named = await go_on(
            browser,
            house,
            second,
            ("answers-school-quillmere_hv", "some"),
            ("names-school-quillmere_hv", house.bronagh.id.hex),
            ("go", "on"),
        )

    assert unnamed.status_code == 422
    assert "School and learning: choose who of Quillmere 0 to 19 Health" in unnamed.text
    assert named.status_code == 200
    assert "How did they tell you?" in named.text


async def test_it_is_read_back_before_it_is_saved(house):
    async with await house.browser(house.imara) as browser:
        back = await read_back(
            browser,
            house,
            ("answers-school-tansy_vale", "yes"),
            ("answers-school-quillmere_hv", "some"),
            ("names-school-quillmere_hv", house.bronagh.id.hex),
            ("answers-home-tansy_vale", "ask_me"),
            ("answers-money-quillmere_hv", "no"),
            ("family-family_life", house.people["Otis"].hex),
        )
        before = await browser.get(top_of(house))
        saved = await go_on(browser, house, back, ("go", "save"))
        after = await browser.get(saved.headers["location"])

    assert "Read it back to Tamsin Samplewick" in back.text
    assert "Quillmere 0 to 19 Health, only Bronagh Exampleton" in back.text
    assert "The family, only Otis Samplewick" in back.text
    assert "<strong>Ask first:</strong> Tansy Vale School" in back.text
    assert "<strong>Not answered, so not shared:</strong>" in back.text
    assert "<script>alert" not in back.text + after.text
    assert "only Bronagh" not in before.text
    assert saved.status_code == 303
    assert "What was agreed is recorded." in after.text
    assert "only Bronagh Exampleton" in after.text
    assert "What stood before" in after.text


async def test_a_no_is_recorded_without_asking_about_topics(house):
    async with await house.browser(house.imara) as browser:
        first = await browser.get(f"{top_of(house)}/new")
        telling = await go_on(browser, house, first, *who_fields(house, engaged="no"))
        back = await go_on(browser, house, telling, *telling_fields(), ("go", "on"))
        saved = await go_on(browser, house, back, ("go", "save"))
        after = await browser.get(saved.headers["location"])

    assert "How did they tell you?" in telling.text
    assert "You do not want the help. That is fine" in back.text
    assert "Said no" in after.text


async def test_a_form_older_than_her_change_of_mind_does_not_undo_it(house):
    async with await house.browser(house.imara) as browser:
        back = await read_back(browser, house, ("answers-family_life-quillmere_hv", "yes"))
        await house.stop("family_life", "quillmere_hv")
        stale = await go_on(browser, house, back, ("go", "save"))
        meant = await go_on(browser, house, stale, ("go", "save"))

    assert stale.status_code == 409
    assert "has changed since you began this form" in stale.text
    assert meant.status_code == 303


async def test_one_can_go_back_to_a_step_without_losing_the_others(house):
    async with await house.browser(house.imara) as browser:
        back = await read_back(browser, house, ("answers-school-tansy_vale", "yes"))
        who = await go_on(browser, house, back, ("go", "who"))
        answers = await go_on(browser, house, who, ("go", "on"))

    assert f'value="{house.people["Tamsin"].hex}" checked' in who.text.replace('type="radio" ', "")
    (form,) = forms_of(answers.text, f"{top_of(house)}/new")
    assert form.get("answers-school-tansy_vale") == "yes"
    assert form.get("own_words") == HOSTILE


async def test_the_form_on_paper_names_nobody(house):
    async with await house.browser(house.imara) as browser:
        page = await browser.get(f"{top_of(house)}/paper")

    main = page.text.split("<main")[1].split("</main")[0]
    assert "Where we live now" in main
    assert "Samplewick" not in main
    assert "Tamsin" not in main


async def test_the_lead_sees_who_loses_what_and_then_stops_it(house):
    heading = f"What works {HOSTILE}"
    await house.add_section(house.imara, heading, category="parenting")
    address = f"{top_of(house)}/stop"
    async with await house.browser(house.imara) as browser:
        who = await browser.get(address)
        form = await browser.get(f"{address}?person={house.people['Tamsin'].hex}")
        chosen = [
            ("person", house.people["Tamsin"].hex),
            ("topics", "family_life"),
            ("agencies", "bramblegate"),
            ("how", "phone"),
            ("words", HOSTILE),
        ]
        sure = await post(browser, address, *chosen, ("go", "look"), page=form.text)
        (pressed,) = forms_of(sure.text, address)
        stopped = await browser.post(
            address, content=urlencode([*pressed.fields, ("go", "stop")]), headers=FORM
        )
        again = await browser.post(
            address, content=urlencode([*pressed.fields, ("go", "stop")]), headers=FORM
        )
        after = await browser.get(stopped.headers["location"])

    assert "Who told you to stop?" in who.text
    assert "Leona Mockingham" in sure.text
    assert "What works" in sure.text
    assert "<script>alert" not in sure.text + after.text
    assert stopped.status_code == 303
    assert again.status_code == 422
    assert "None of this is shared now" in again.text
    assert "Stopped." in after.text
    assert "Does this make a child less safe?" in after.text
    assert "01632 960100" in after.text


async def test_stopping_nothing_keeps_what_was_typed(house):
    address = f"{top_of(house)}/stop"
    async with await house.browser(house.imara) as browser:
        nobody = await post(browser, address, ("go", "look"))
        answer = await post(
            browser,
            address,
            ("person", house.people["Tamsin"].hex),
            ("topics", "home"),
            ("how", "carrier_pigeon"),
            ("words", HOSTILE),
            ("go", "look"),
        )

    assert (nobody.status_code, answer.status_code) == (422, 422)
    assert 'href="#person"' in nobody.text
    assert 'href="#agencies"' in answer.text
    (form,) = forms_of(answer.text, address)
    assert form.all("topics") == ["home"]
    assert form.get("words") == HOSTILE


@pytest.mark.parametrize(("less_safe", "words"), [("yes", "Ring 999"), ("no", "is recorded")])
async def test_the_question_is_for_the_lead_alone_and_answered_once(house, less_safe, words):
    await house.stop("family_life", "bramblegate")
    async with await house.browser(house.bronagh) as hers:
        others = await hers.get(top_of(house))
    async with await house.browser(house.imara) as browser:
        page = (await browser.get(top_of(house))).text
        fresh = (await browser.get(f"{top_of(house)}/fragment")).text
        address = f"{top_of(house)}/question"
        (form,) = forms_of(page, address)
        question = ("question", form.get("question"))
        empty = await post(browser, address, question, ("words", HOSTILE), page=page)
        told = [question, ("less_safe", less_safe), ("words", "Why")]
        done = await post(browser, address, *told, page=page)
        twice = await post(browser, address, *told, page=page)
        after = await browser.get(done.headers["location"])

    assert "less safe" not in others.text
    assert "Answer the question it leaves for you" in fresh
    assert empty.status_code == 422
    assert f'href="#less_safe-{form.get("question")}"' in empty.text
    assert forms_of(empty.text, address)[0].get("words") == HOSTILE
    assert (done.status_code, twice.status_code) == (303, 303)
    assert words in after.text
    assert forms_of(after.text, address) == []
