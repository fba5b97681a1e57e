"""Opening a room: one of two answers, the fewest facts, a wait that nobody else sees, a no."""

from urllib.parse import urlencode

import pytest

from server.kernel.ids import new_id
from tests.fakes.forms import csrf_of, forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}
CHECK = "/rooms/new/check"
FAMILY = "/rooms/new/family"
HOSTILE = "<script>alert('Zed')</script> \"Q\""


async def post(browser, address, *fields, page=None):
    seen = page or (await browser.get(address)).text
    sent = [("csrf", csrf_of(seen)), *fields]
    return await browser.post(address, content=urlencode(sent), headers=FORM)


def person(place, name, day="", month="", year="", reach=""):
    top = f"people-{place}"
    return [
        (f"{top}-name", name),
        (f"{top}-born-day", day),
        (f"{top}-born-month", month),
        (f"{top}-born-year", year),
        (f"{top}-reach", reach),
    ]


MADEUPSONS = [
    *person(0, "Ada Madeupson", reach="Text, after three"),
    *person(1, "Zed Madeupson", "3", "4", "2017"),
]


def said(text):
    return " ".join(text.split("<main")[1].split("</main>")[0].split())


async def proposed(browser):
    """Propose a room about the Madeupsons; its address."""
    saved = await post(
        browser,
        FAMILY,
        ("form_id", new_id().hex),
        *MADEUPSONS,
        ("people-0-answers_for", "1"),
        ("people-0-relation", "parent"),
        ("press", "save"),
    )
    assert saved.status_code == 303, saved.text
    return saved.headers["location"].removesuffix("/waiting")


async def test_the_register_answers_with_one_of_two_sentences_and_nothing_else(house):
    async with await house.browser(house.bronagh) as browser:
        known = await post(browser, CHECK, *person(0, "  otis   SAMPLEWICK "), ("press", "ask"))
        unknown = await post(browser, CHECK, *person(0, "Zed Madeupson"), ("press", "ask"))

    assert '<h1 class="govuk-heading-l">The coordinator will ring you</h1>' in known.text
    assert '<h1 class="govuk-heading-l">Go on</h1>' in unknown.text
    for page in (known, unknown):
        assert page.status_code == 200
        assert "7K4P" not in page.text
        assert "Imara" not in page.text
        assert "Tansy" not in page.text
    assert "Samplewick" not in known.text
    assert "Is there a plan already? - Tacroom" in " ".join(known.text.split())


async def test_what_was_asked_about_comes_along_and_stands_in_no_address(house):
    async with await house.browser(house.bronagh) as browser:
        answer = await post(browser, CHECK, *person(0, HOSTILE, "3", "4", "2017"), ("press", "ask"))
        (form,) = forms_of(answer.text, FAMILY)
        asked = await browser.post(
            FAMILY, content=urlencode([*form.fields, ("press", "people")]), headers=FORM
        )

    assert "<script>alert" not in answer.text
    assert "<script>alert" not in asked.text
    (next_form,) = forms_of(asked.text, FAMILY)
    assert next_form.get("people-0-name") == HOSTILE
    assert next_form.get("people-0-born-year") == "2017"
    assert str(asked.url).endswith(FAMILY)


@pytest.mark.parametrize("address", [CHECK, FAMILY])
async def test_a_form_that_comes_back_keeps_everything_typed(house, address):
    async with await house.browser(house.imara) as browser:
        answer = await post(
            browser,
            address,
            *person(0, HOSTILE, "31", "2", "2017", "Text <only>"),
            *person(1, ""),
            *person(2, "Ada", "", "", "1990"),
            ("press", "ask" if address == CHECK else "who"),
        )
        empty = await post(browser, address, *person(0, ""), ("press", "who"))

    assert answer.status_code == 422
    (form,) = forms_of(answer.text, address)
    assert form.get("people-0-name") == HOSTILE
    assert form.get("people-0-born-day") == "31"
    assert form.get("people-1-name") == "Ada"
    assert form.get("people-1-born-year") == "1990"
    assert 'href="#people-0-born-day"' in answer.text
    assert 'href="#people-1-born-day"' in answer.text
    assert "Enter a real date" in answer.text
    assert "<script>alert" not in answer.text
    assert "<only>" not in answer.text
    assert empty.status_code == 422
    assert 'href="#people-0-name"' in empty.text
    assert "Enter the name of at least one child" in said(empty.text)


async def test_rows_are_added_and_taken_away_without_script_and_keep_who_answers_for_whom(house):
    rows = [
        *person(0, "Nobody Madeupson"),
        *person(1, "Ada Madeupson"),
        ("people-1-answers_for", "2"),
        *person(2, "Zed Madeupson", "3", "4", "2017"),
    ]
    async with await house.browser(house.imara) as browser:
        more = await post(browser, FAMILY, *rows, ("press", "add"))
        less = await post(browser, FAMILY, *rows, ("press", "remove-0"))
        one = await post(browser, FAMILY, *person(0, "Ada"), ("press", "remove-0"))

    assert more.text.count('-name" type="text"') == 4
    (form,) = forms_of(less.text, FAMILY)
    assert [form.get(f"people-{at}-name") for at in (0, 1)] == ["Ada Madeupson", "Zed Madeupson"]
    assert form.all("people-0-answers_for") == ["1"]
    assert one.text.count('-name" type="text"') == 1


async def test_who_answers_for_the_children_is_asked_with_nothing_ticked_beforehand(house):
    async with await house.browser(house.imara) as browser:
        asked = await post(browser, FAMILY, *MADEUPSONS, ("press", "who"))
        wrong = await post(
            browser, FAMILY, *MADEUPSONS, ("people-1-answers_for", "0"), ("press", "save")
        )

    assert asked.status_code == 200
    assert "Who does Ada Madeupson answer for?" in asked.text
    assert "Who does Zed" not in asked.text
    (form,) = forms_of(asked.text, FAMILY)
    assert form.all("people-0-answers_for") == []
    assert form.get("people-0-reach") == "Text, after three"
    assert len(form.get("form_id")) == 32
    assert wrong.status_code == 422


async def test_a_proposed_room_waits_and_sends_its_lead_to_the_waiting_page(house):
    async with await house.browser(house.imara) as browser:
        room = await proposed(browser)
        waiting = await browser.get(f"{room}/waiting")
        first = await browser.get(room)
        day = await browser.get("/home")
        mine = await browser.get("/rooms")

    assert "Nobody else can see this room." in waiting.text
    assert "Text, after three" in waiting.text
    assert f"{room}/agreement/new" in waiting.text
    assert f"{room}/declined" in waiting.text
    assert "Madeupson" not in waiting.text.split("</title>")[0]
    assert (first.status_code, first.headers["location"]) == (303, f"{room}/waiting")
    assert "Madeupson family waits for the family" in said(day.text)
    assert "Waiting for the family" in said(mine.text)


async def test_the_form_sent_twice_opens_one_room(house):
    sent = [("form_id", new_id().hex), *MADEUPSONS, ("press", "save")]
    async with (
        await house.browser(house.imara) as hers,
        await house.browser(house.bronagh) as other,
    ):
        first = await post(hers, FAMILY, *sent)
        second = await post(hers, FAMILY, *sent)
        of_another = await post(other, FAMILY, *sent)
        mine = await hers.get("/rooms")

    assert [first.status_code, second.status_code] == [303, 303]
    assert first.headers["location"] == second.headers["location"]
    assert mine.text.count("Madeupson family") == 1
    assert of_another.status_code == 303
    assert of_another.headers["location"] != first.headers["location"]


async def test_a_form_with_the_id_of_anothers_room_does_not_tell_that_there_is_one(house):
    answers = []
    async with await house.browser(house.saskia) as browser:
        for form_id in (house.room.hex, new_id().hex):
            sent = [("form_id", form_id), *MADEUPSONS, ("press", "save")]
            answers.append(await post(browser, FAMILY, *sent))

    assert [one.status_code for one in answers] == [303, 303]


@pytest.mark.parametrize(
    "page",
    [
        *("plan", "actions", "documents", "people"),
        *("plan/new", "actions/new", "documents/new", "people/invite", "people/family"),
    ],
)
async def test_what_has_to_wait_for_the_agreement_leads_to_the_page_that_says_so(house, page):
    async with await house.browser(house.imara) as browser:
        room = await proposed(browser)
        answer = await browser.get(f"{room}/{page}")
        waiting = await browser.get(answer.headers.get("location", ""))

    assert (answer.status_code, answer.headers["location"]) == (303, f"{room}/waiting")
    assert "Writing a plan, adding documents, giving anybody an action" in said(waiting.text)


async def test_every_page_of_a_room_after_a_no_leads_to_the_one_that_says_so(house):
    async with await house.browser(house.imara) as browser:
        room = await proposed(browser)
        await post(browser, f"{room}/declined", page=(await browser.get(f"{room}/declined")).text)
        for part in ("", "/plan", "/actions", "/documents", "/people", "/plan/new"):
            answer = await browser.get(f"{room}{part}")
            on = await browser.get(answer.headers["location"])
            assert answer.headers["location"] == f"{room}/waiting"
            assert on.headers["location"] == f"{room}/declined"


async def test_nobody_else_learns_of_a_room_that_waits(house):
    async with await house.browser(house.imara) as hers:
        room = await proposed(hers)
    async with await house.browser(house.bronagh) as browser:
        pages = [await browser.get(f"{room}{part}") for part in ("", "/waiting", "/declined")]
        posted = await post(browser, f"{room}/declined", page=(await browser.get("/rooms")).text)
        unknown = await browser.get(f"/rooms/{new_id().hex}/waiting")
        mine = await browser.get("/rooms")
    async with await house.browser(house.imara) as hers:
        still = await hers.get(f"{room}/waiting")

    assert {page.status_code for page in (*pages, posted, unknown)} == {404}
    assert {page.text.split("<main")[1] for page in (*pages, posted)} == {
        unknown.text.split("<main")[1]
    }
    assert "Madeupson" not in mine.text
    assert still.status_code == 200


async def test_a_no_deletes_what_was_entered_and_says_so(house):
    async with await house.browser(house.imara) as browser:
        room = await proposed(browser)
        asked = await browser.get(f"{room}/declined")
        no = await post(browser, f"{room}/declined", page=asked.text)
        again = await post(browser, f"{room}/declined", page=asked.text)
        done = await browser.get(f"{room}/declined")
        waiting = await browser.get(f"{room}/waiting")
        mine = await browser.get("/rooms")

    assert "Is a child unsafe?" in asked.text
    assert "01632 960100" in said(asked.text)
    assert [no.status_code, again.status_code] == [303, 303]
    assert "What was entered is deleted" in done.text
    assert waiting.headers["location"] == f"{room}/declined"
    for page in (done, mine):
        assert "Madeupson" not in page.text
    assert "The family said no" in mine.text


async def test_an_open_room_is_not_declined(house):
    room = f"/rooms/{house.room.hex}"
    async with await house.browser(house.imara) as browser:
        seen = await browser.get(f"{room}/declined")
        said_no = await post(browser, f"{room}/declined", page=(await browser.get(room)).text)
        still = await browser.get(room)

    assert seen.headers["location"] == room
    assert said_no.status_code == 303
    assert still.status_code == 200
    assert "Samplewick family" in still.text


async def test_the_family_and_the_signed_out_open_no_room(house):
    async with await house.browser(house.tamsin) as browser:
        pages = [await browser.get(address) for address in (CHECK, FAMILY, "/home", "/rooms")]

    assert {page.status_code for page in pages} == {404}
