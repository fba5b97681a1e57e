"""T-13: of two grown-ups of one family who are kept apart, no byte leads one to the other.

The mother's address, venue and time stand in the room under canary words. The father agreed to
the help himself and has a page; he asks for every address there is, with every id of the room.
"""

import re
from datetime import time, timedelta
from uuid import UUID

import pytest

from actions.assigning import Assignment, assign
from consent import emergency_answering, emergency_asking, giving, own_rules, renewing
from consent.consent import Capacity, Choice
from consent.family import Person
from consent.form import MUST_EXPLAIN, ConsentForm, TopicAnswer
from consent.protecting import protect
from consent.protection import MarkerKind, RuleSort, SafetyMarker
from consent.rule_form import RuleForm, WordsForm
from consent.ruling import set_rules
from consent.store import families
from documents.description import Description
from documents.uploading import receiving
from rooms import reading
from rooms.family_page import choose_reading
from rooms.inviting import seat_family_member
from rooms.meetings import schedule_meeting
from server.directory import store as directory
from server.directory.member import Office
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import AgencyCode, PersonId, new_id
from server.kernel.language import Language
from tests.fakes import files
from tests.fakes.family_room import KEEPERS
from tests.fakes.laid_family_room import database_url, house, laid
from tests.web.test_emergency_pages import officer
from web import errors
from web.room_frame import day_words
from web.route import GatedRoute
from web.routes import ROUTES

__all__ = ["database_url", "house", "laid"]

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

ROW = "Herongate-canary"
LINK = "https://call.example/weircanary"
HIS_ROW = "Millrace-canary"
SAID = "milldamcanary"
OWN_PAGES = (
    "/y/home",
    "/y/plan?show=yes",
    "/y/choices",
    "/y/choices/{room}/receipt?show=yes",
    "/y/choices/{room}/again",
    "/y/choices/{room}/words?show=yes",
    "/y/choices/{room}/stop",
    "/y/looked",
    "/y/safe",
    "/y/own",
    "/actions",
)
STAMPS = re.compile(r'nonce="[^"]+"|value="[^"]*"|data-live-token="[^"]*"|[0-9a-f]{32}')


async def father(house):
    """Dorran, of the same family, who agreed to the help for himself; and his page."""
    dorran = PersonId(new_id())
    async with writing() as tx:
        of = (await directory.get_team(tx, house.room)).family
        born = clock.today() - timedelta(days=36 * 366)
        await families.add_people(tx, [Person(dorran, of, "Dorran Fictonby", born)])
    yes = {("school", AgencyCode("tansy_vale")): TopicAnswer(Choice.YES)}
    told = ConsentForm(
        giver=dorran,
        capacity=Capacity.ADULT_FOR_SELF,
        subjects=frozenset({dorran}),
        engaged=True,
        answers=yes,
        explained=frozenset(MUST_EXPLAIN),
        how="in_person",
        given_at=clock.now(),
        review_on=clock.today() + timedelta(days=90),
    )
    await giving.record_consent(house.imara, house.room, told, keepers=KEEPERS)
    member = await seat_family_member(house.imara, house.room, dorran, keepers=KEEPERS)
    return dorran, member


async def keep_apart(house, dorran) -> None:
    """What the mother said, as rules, and the order as a marker."""
    mother = house.people["Tamsin"]
    words = WordsForm(
        new_id(),
        mother,
        "Nobody tells him where we are.",
        frozenset({mother}),
        (RuleForm(RuleSort.NEVER, people=frozenset({dorran}), topics=frozenset({"address"})),),
    )
    await set_rules(house.imara, house.room, words, keepers=KEEPERS)
    marker = SafetyMarker(
        new_id(),
        house.room,
        MarkerKind.NO_CONTACT,
        "sluicecanary: an order of this year",
        protects=mother,
        person=dorran,
        review_on=clock.today() + timedelta(days=90),
    )
    await protect(house.imara, house.room, marker, keepers=KEEPERS)


async def meet(house):
    day = clock.today() + timedelta(days=11)
    await schedule_meeting(house.imara, house.room, day=day, at=time(10), call_link=LINK)
    return day_words(day)


async def add_hers(house) -> list[UUID]:
    """A part, an action and a file that tell where she is."""
    part = await house.add_section(
        house.imara, ROW, category="address_confidential", about=("Tamsin",)
    )
    action = Assignment(
        id=new_id(),
        serves=part,
        what=f"Take the key to {ROW}",
        owner=house.imara.id,
        due=clock.today() + timedelta(days=3),
    )
    given = await assign(house.imara, house.room, action, keepers=KEEPERS)
    described = Description("address_confidential", frozenset({house.people["Tamsin"]}), "plan")
    async with receiving(house.imara, house.room, new_id()) as arrival:
        await arrival.write(files.pdf(ROW))
        document = await arrival.keep(f"{ROW}.pdf", described)
    return [part, given, document]


async def goes_on(house, part) -> list[UUID]:
    """What the mother does and what is done about her, until the next time he looks."""
    tamsin, imara, room = house.tamsin, house.imara, house.room
    again = await renewing.find_renewable(tamsin, room)
    await renewing.renew(
        tamsin, room, giver=None, version=again.version, how="own_page", keepers=KEEPERS
    )
    await house.stop("family_life", "bramblegate")
    [rule] = (await own_rules.my_rules(tamsin, room)).standing
    await own_rules.ask_about(tamsin, room, rule.said.id, wish="change", words=SAID, form=new_id())
    await reading.read_part(imara, room, part)
    noor = await officer(house, Office.IG_OFFICER)
    async with writing() as tx:
        reference = (await directory.get_team(tx, room)).reference
    asked = await emergency_asking.ask(noor, reference, SAID, form=new_id())
    await emergency_answering.answer(imara, asked.id, opens=True, keepers=KEEPERS)
    await reading.read_in_emergency(noor, asked.id, part)
    return [rule.said.id, asked.id]


async def read(house, browser, paths) -> dict[str, str]:
    """What comes back from these addresses: status, headers and body."""
    found = {}
    for path in paths:
        answer = await browser.get(path.replace("{room}", house.room.hex))
        found[path] = f"{answer.status_code} {answer.headers!r} {answer.text}"
    return found


def every_address(house, ids) -> list[str]:
    """Each page there is, with this room and each of these ids."""
    paths = {route.path for route in ROUTES if isinstance(route, GatedRoute)}
    addresses = set()
    for path in paths:
        for one in ids if re.search(r"{(?!room)", path) else ids[:1]:
            within = path.replace("{room}", house.room.hex)
            addresses.add(re.sub(r"{[a-z_]+(:[a-z]+)?}", one.hex, within))
    return sorted(addresses)


async def test_no_byte_of_his_tells_where_she_is_or_when_they_meet(house, monkeypatch):
    monkeypatch.setattr(errors, "BEAT_S", 0.001)
    person, member = await father(house)
    day = await meet(house)
    async with await house.browser(member) as browser:
        # Nothing keeps them apart yet: he takes part, and is told of the meeting.
        assert day in (await read(house, browser, OWN_PAGES))["/y/home"]
        await keep_apart(house, person)
        before = await read(house, browser, OWN_PAGES)
        assert day not in before["/y/home"]

        ids = await add_hers(house)
        ids += [house.people["Tamsin"], house.tamsin.id, house.imara.id, house.room]
        ids += await goes_on(house, ids[0])
        got = await read(house, browser, [*OWN_PAGES, *every_address(house, ids)])
        after = {path: got[path] for path in OWN_PAGES}
        await choose_reading(member, language=Language.WELSH, easy_read=True)
        welsh = await read(house, browser, OWN_PAGES)

    whole = "\n".join([*got.values(), *welsh.values()]).lower()
    canaries = (ROW, "sluicecanary", "weircanary", "call.example", SAID)
    for word in (*canaries, day, "tamsin", "samplewick", "bramblegate", "emergency access"):
        assert word.lower() not in whole, word
    # Nothing of his changed by what was added of hers: no number, no mark, no "last changed".
    assert bare(after) == bare(before)
    async with await house.browser(house.imara) as browser:
        hers = await read(house, browser, ("/rooms/{room}", "/rooms/{room}/plan"))
    assert ROW in "".join(hers.values())
    assert "weircanary" in "".join(hers.values())


async def test_what_the_lead_prints_for_one_and_what_is_about_him_holds_nothing_for_the_other(
    house,
):
    person, _ = await father(house)
    await keep_apart(house, person)
    await add_hers(house)
    house.people["Dorran"] = person
    await house.add_section(
        house.imara, HIS_ROW, category="address_confidential", about=("Dorran",)
    )
    sheet = f"/rooms/{house.room.hex}/agreement/receipt/"
    async with await house.browser(house.imara) as browser:
        plan = (await browser.get(f"/rooms/{house.room.hex}/plan")).text
        prints = [
            (await browser.get(f"{sheet}{one.hex}{how}")).text.partition("<main")[2]
            for one in (person, house.people["Tamsin"])
            for how in ("", "?lang=cy&size=large")
        ]
    async with await house.browser(house.tamsin) as browser:
        hers = await read(house, browser, OWN_PAGES)

    assert HIS_ROW in plan
    assert all("Dorran Fictonby" in one and "Tamsin" not in one for one in prints[:2])
    assert all("Tamsin Samplewick" in one and "Dorran" not in one for one in prints[2:])
    assert not any(word in one for word in (ROW, HIS_ROW) for one in prints)
    # His address stands nowhere of hers; only what she said herself names him.
    for path, page in hers.items():
        assert HIS_ROW not in page, path
        assert ("Dorran" in page) == ("/words" in path), path


async def test_a_part_of_hers_is_to_him_as_one_that_is_not_there(house):
    person, member = await father(house)
    await keep_apart(house, person)
    (part, *_) = await add_hers(house)
    async with await house.browser(member) as browser:
        answer = await browser.get(f"/rooms/{house.room.hex}/plan/{part.hex}")
        nobodys = await browser.get(f"/rooms/{house.room.hex}/plan/{new_id().hex}")
    assert answer.status_code == nobodys.status_code == 404
    assert STAMPS.sub("", answer.text) == STAMPS.sub("", nobodys.text)


def bare(pages: dict[str, str]) -> dict[str, str]:
    return {path: STAMPS.sub("", body.partition("})")[2]) for path, body in pages.items()}
