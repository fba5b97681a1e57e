"""Every sentence of a family's page is there in each language, and none that no page says."""

import html
import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from actions.action import LONGEST_REASON
from consent.consent import Capacity
from consent.form import EXPLAINED
from policies.catalogue import catalogue
from policies.country import country
from rooms.objection import WORDS_LENGTH
from rooms.plan import ROOT as WORDS_ROOT
from rooms.plan import document_as_html
from server.kernel.language import Language
from tests.fakes.forms import csrf_of, forms_of, send
from tests.real import words
from tests.real.words import ROOT, WEB
from web import family_pages
from web.agreement_words import joined
from web.language import _, ngettext, speaking
from web.room_frame import day_words
from web.session import LANGUAGE_COOKIE
from web.spoken_words import OF_OPERATIONS

LONGEST_EASY_LINE = 16
FORM = {"content-type": "application/x-www-form-urlencoded"}
SAYING = [
    ROOT / name
    for name in (
        "actions/action.py",
        "actions/progressing.py",
        "consent/withdrawing.py",
        "rooms/objecting.py",
        "rooms/plan.py",
        "server/identity/failing.py",
        "server/kernel/errors.py",
        "web/forms.py",
    )
]
TEMPLATES = WEB / "templates"
FAMILY_TEMPLATES = [
    *sorted((TEMPLATES / "family").rglob("*.html")),
    *(TEMPLATES / "agreement" / f"{name}_sheet.html" for name in ("receipt", "paper")),
    *(TEMPLATES / f"{name}.html" for name in ("base_family", "agreement/receipt_words")),
    *(TEMPLATES / f"{name}.html" for name in ("privacy", "privacy_easy", "privacy_young")),
    *(TEMPLATES / f"{name}.html" for name in ("start", "signed_out", "not_signed_in", "problem")),
]
TRANSLATED = [language for language in Language if language is not Language.ENGLISH]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_has_what_pages_say_and_nothing_else(language):
    said, catalogue = words.extracted(), words.written(language)

    assert {one.id for one in catalogue} - {""} == {one.id for one in said} - {""}
    assert [one.id for one in catalogue if one.id and not words.all_said(one.string)] == []
    assert [one.id for one in catalogue if one.fuzzy] == []
    # What is to be filled in stands in the translation too.
    assert [(one.id, list(faults)) for one, faults in catalogue.check()] == []


def test_a_page_speaks_welsh_while_it_is_made_and_english_before_and_after():
    with speaking(Language.WELSH):
        welsh = (_("Your plan"), day_words(date(2026, 6, 7)))

    assert welsh == ("Eich cynllun", "7 Mehefin 2026")
    assert (_("Your plan"), day_words(date(2026, 6, 7))) == ("Your plan", "7 June 2026")
    assert _("Nobody says this.") == "Nobody says this."


def test_a_list_is_joined_as_each_language_joins_it():
    known = ["School", "Health", "Home"]

    assert joined(known) == "School, Health and Home"
    with speaking(Language.WELSH):
        assert joined(known) == "School, Health a Home"
        assert joined(["School", "Iechyd"]) == "School ac Iechyd"


def test_numbers_without_a_sentence_of_their_own_stay_english():
    with speaking(Language.WELSH):
        assert ngettext("%(num)s thing", "%(num)s things", 2) == "%(num)s things"


def test_what_the_catalogue_and_the_law_say_to_families_is_there_in_each_language():
    words = catalogue()
    sentences = [
        *country().explained.values(),
        *country().sentences.values(),
        *(one for places in country().capacities.values() for one in places.values()),
    ]

    assert set(country().capacities) == set(Capacity)
    assert set(country().explained) == set(EXPLAINED)
    for language in TRANSLATED:
        assert [said for said, other in words.said[language].items() if said == other] == []
        assert [one for one in sentences if not one.words[language]] == []
        assert [
            one for one in sentences if one.words[language] == one.words[Language.ENGLISH]
        ] == []


def test_what_operations_say_stands_in_them_as_it_is_translated():
    told = " ".join(path.read_text("utf-8") for path in SAYING)
    told = re.sub(r'"\s+f?"', "", told).replace("{WORDS_LENGTH}", str(WORDS_LENGTH))
    told = told.replace("{LONGEST_REASON}", str(LONGEST_REASON))

    assert [said for said in OF_OPERATIONS if said not in told] == []


@pytest.mark.parametrize("path", FAMILY_TEMPLATES, ids=lambda path: path.name)
def test_no_sentence_of_a_familys_page_is_forgotten(path):
    source = path.read_text("utf-8")
    marked = re.sub(r"{%-? trans .*?endtrans -?%}|{#.*?#}", "", source, flags=re.DOTALL)
    bare = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|plain.svg", " ", marked, flags=re.DOTALL)
    # What is handed to GOV.UK's macros as words, and not through the catalogue.
    handed = re.findall(r'"(?:text|html|titleText|label)": "([^"]*)"', marked)

    assert re.findall(r"[A-Za-z]{2,}[^\n]*", bare) == []
    assert handed == []


async def test_the_language_is_chosen_at_the_door_and_kept_for_the_person(house):
    async with await house.browser(house.tamsin) as browser:
        english = await browser.get("/y/choices")
        chosen = [("csrf", csrf_of(english.text)), ("to", "/y/choices?size=large")]
        answer = await browser.post(
            "/y/reading", content=urlencode([*chosen, ("language", "cy")]), headers=FORM
        )
        welsh = await browser.get("/y/choices")
    async with await house.browser(house.tamsin) as elsewhere:
        again = await elsewhere.get("/y/home")
        worded = await elsewhere.get("/rooms/nowhere")
    async with await house.browser(house.imara) as practitioner:
        practitioner.cookies.set(LANGUAGE_COOKIE, "cy")
        hers = await practitioner.get("/home")

    assert '<html lang="en"' in english.text
    assert answer.headers["location"] == "/y/choices?size=large"
    for page, heading in ((welsh, "Beth wnaethoch chi gytuno"), (again, "Eich tudalen")):
        assert '<html lang="cy"' in page.text
        assert f'<h1 class="govuk-heading-l">{heading}</h1>' in page.text
    assert "Ysgol a dysgu" in welsh.text
    assert "Does dim modd dangos y dudalen hon" in worded.text
    assert '<html lang="en"' in hers.text
    assert "My day" in hers.text


async def test_before_signing_in_the_browser_keeps_the_language_and_no_other_page_is_led_to(house):
    async with await house.browser(house.tamsin) as browser:
        browser.cookies.clear()
        sent = [("to", "//elsewhere.example/"), ("language", "cy")]
        answer = await browser.post("/language", content=urlencode(sent), headers=FORM)
        start = await browser.get("/")
        odd = await browser.post("/language", content="language=xx", headers=FORM)

    assert answer.headers["location"] == "/"
    assert '<html lang="cy"' in start.text
    assert "yn ofalwr neu" in start.text
    assert "set-cookie" not in odd.headers


@pytest.mark.parametrize(
    ("where", "typed", "kept"),
    [
        ("/y/safe", {"reach": "Text, never ring"}, ">Text, never ring</textarea>"),
        ("/y/choices/{room}/stop", {"topics": "school"}, 'value="school" checked'),
        ("/y/plan/{room}/{part}/wrong", {"words": "He is 10"}, ">He is 10</textarea>"),
    ],
)
async def test_a_press_on_the_language_keeps_what_was_typed_and_does_nothing_with_it(
    house, where, typed, kept
):
    part = await house.add_section(house.imara, "Otis at school")
    place = where.format(room=house.room.hex, part=part.hex)
    async with await house.browser(house.tamsin) as browser:
        english = await browser.get(place)
        [form] = [one for one in forms_of(english.text, place) if one.get("csrf")]
        [onward] = re.findall(r'form="typed" formaction="([^"]*language[^"]*)"', english.text)
        sent = [(name, value) for name, value in form.fields if name not in typed]
        body = urlencode([*sent, *typed.items()])
        moved = await browser.post(html.unescape(onward), content=body, headers=FORM)
        welsh = await browser.post(moved.headers["location"], content=body, headers=FORM)
        again = await browser.get(place)

    assert moved.status_code == 307
    assert '<html lang="cy"' in welsh.text
    assert kept in welsh.text
    assert welsh.status_code == 200
    assert kept not in again.text


async def test_what_was_wrong_is_said_again_in_the_other_language_and_no_other_words_are(house):
    part = await house.add_section(house.imara, "Otis at school")
    place = f"/y/plan/{house.room.hex}/{part.hex}/wrong"
    async with await house.browser(house.tamsin) as browser:
        wrong = await send(browser, await browser.get(place), place, ("words", ""))
        moved = f"/y/reading?language=cy&to={place}"
        [form] = forms_of(wrong.text, place)
        sent = [*form.fields, ("fault", "words|Ring 01632 960999 now")]
        turned = await browser.post(moved, content=urlencode(sent), headers=FORM)
        welsh = await browser.post(
            turned.headers["location"], content=urlencode(sent), headers=FORM
        )
        other = await browser.post(
            f"/y/choices/{house.room.hex}/again?turned=yes", content=urlencode(sent), headers=FORM
        )

    assert "Say what is wrong, in your own words" in wrong.text
    with speaking(Language.WELSH):
        assert _("Say what is wrong, in your own words") in welsh.text
    assert "960999" not in welsh.text
    assert other.status_code == 422  # a form that is only to be read on is never taken as sent


async def test_at_the_door_a_press_on_the_language_keeps_the_code_but_never_a_pin(house):
    async with await house.browser(house.tamsin) as browser:
        browser.cookies.clear()
        code = urlencode([("csrf", ""), ("code", "1234 5678 9012")])
        moved = await browser.post("/language?language=cy&to=/y", content=code, headers=FORM)
        by_code = await browser.post(moved.headers["location"], content=code, headers=FORM)
        own = urlencode([("csrf", ""), ("name", "amber-otter-lane"), ("pin", "493071")])
        by_name = await browser.post("/y/in?turned=yes", content=own, headers=FORM)
        work = urlencode([("csrf", ""), ("work_mail", "a@tansyvale.example")])
        by_mail = await browser.post("/sign-in?turned=yes", content=work, headers=FORM)

    assert 'value="1234 5678 9012"' in by_code.text
    assert '<html lang="cy"' in by_code.text
    assert 'value="amber-otter-lane"' in by_name.text
    assert "493071" not in by_name.text
    assert 'value="a@tansyvale.example"' in by_mail.text
    assert [one.status_code for one in (by_code, by_name, by_mail)] == [200, 200, 200]


async def test_easy_read_is_short_lines_with_pictures_and_is_remembered(house):
    part = await house.add_section(house.imara, "Otis at school")
    async with await house.browser(house.tamsin) as browser:
        plain = await browser.get("/y/choices")
        sent = [("csrf", csrf_of(plain.text)), ("easy", "yes"), ("to", "/y/choices")]
        await browser.post("/y/reading", content=urlencode(sent), headers=FORM)
    async with await house.browser(house.tamsin) as elsewhere:
        easy = await elsewhere.get("/y/choices")
        stop = await elsewhere.get(f"/y/choices/{house.room.hex}/stop")
        privacy = [await elsewhere.get(f"/privacy/{one}") for one in ("easy", "young")]
        more = [
            await elsewhere.get(one)
            for one in (
                "/y/home",
                "/y/plan",
                f"/y/plan/{house.room.hex}/{part.hex}/wrong",
                "/y/looked",
                "/y/safe",
                "/y/own",
                f"/y/choices/{house.room.hex}/receipt?show=yes",
                f"/y/choices/{house.room.hex}/again",
                f"/y/choices/{house.room.hex}/words?show=yes",
            )
        ]
        sent = [("csrf", csrf_of(easy.text)), ("language", "cy"), ("to", "/y/choices")]
        await elsewhere.post("/y/reading", content=urlencode(sent), headers=FORM)
        welsh = await elsewhere.get("/y/choices")

    assert "app-easy" not in plain.text
    for page in (easy, stop, *privacy, *more, welsh):
        assert page.status_code == 200
        assert "aloud.js" in page.text
        pictures = re.findall(r'<img[^>]*src="/static/(easy-[a-z]+\.svg)"[^>]*alt=""', page.text)
        assert pictures
        assert all((WEB / "static" / name).exists() for name in pictures)
        lines = re.findall(r"<p>([^<]+)</p>", page.text.partition("<h1")[2])
        assert max(len(line.split()) for line in lines) <= LONGEST_EASY_LINE
    assert "Stop all sharing" in easy.text
    assert "Pwy sy’n gweld beth" in welsh.text


async def test_a_line_marked_as_a_fact_says_so_in_the_language_of_the_reader():
    document: Doc[Any] = Doc()
    root = document.get(WORDS_ROOT, type=XmlFragment)
    for said, line_words in (
        ("fact", "<b>"),
        ("opinion", "Fact: he is 9"),
        ("reported", "So I hear"),
    ):
        line = root.children.append(XmlElement("paragraph", {"said": said}))
        line.children.append(XmlText(line_words))
    html = document_as_html(document)

    english = family_pages.words_of(html)
    with speaking(Language.WELSH):
        welsh = family_pages.words_of(html)

    assert english == html
    assert re.findall(r"<strong[^>]*>[^<]*</strong> [^<]*", welsh) == [
        '<strong class="app-said__word" lang="cy">Ffaith:</strong> &lt;b&gt;',
        '<strong class="app-said__word" lang="cy">Barn:</strong> Fact: he is 9',
        '<strong class="app-said__word" lang="cy">Adroddwyd:</strong> So I hear',
    ]


async def test_a_sheet_is_printed_in_the_familys_language_with_nothing_ticked(house):
    async with await house.browser(house.imara) as browser:
        paper = await browser.get(f"/rooms/{house.room.hex}/agreement/paper?lang=cy&size=large")
        agreed = await browser.get(f"/rooms/{house.room.hex}/agreement")
        [receipt] = re.findall(r'href="(/rooms/\w+/agreement/receipt/\w+)"', agreed.text)[:1]
        handed = await browser.get(f"{receipt}?lang=cy")

    for page in (paper, handed):
        assert '<html lang="en"' in page.text
        assert '<div lang="cy">' in page.text
    sheet = paper.text.partition('<div lang="cy">')[2]
    for said in ("Ysgol a dysgu", "Llofnod y tyst", "Llofnod y cyfieithydd", "chyfrifoldeb rhiant"):
        assert said in sheet
    assert "<input" not in sheet
    assert "app-large-print" in paper.text
    assert "Derbynneb o’r hyn a gytunwyd" in handed.text


async def test_the_notice_of_what_is_kept_cites_the_law_as_it_is_in_every_language(house):
    async with await house.browser(house.tamsin) as browser:
        browser.cookies.clear()
        english = await browser.get("/privacy")
        browser.cookies.set(LANGUAGE_COOKIE, "cy")
        welsh = await browser.get("/privacy")

    assert country().sentences["why_lawful"].words[Language.WELSH] in welsh.text
    for page in (english, welsh):
        assert "UK GDPR Art 6(1)(e); Children Act 2004 s.10, s.11" in page.text
