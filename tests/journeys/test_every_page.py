"""Every page is reached by links, reads well for everybody, and is quiet in the console."""

import re
from collections.abc import Iterable

import pytest
from playwright.async_api import expect

from tests.journeys import opening, rows, table
from tests.journeys.crawl import kind_of, links_in
from tests.journeys.examined import Examined
from tests.journeys.persona import Persona

pytestmark = pytest.mark.timeout(400)
ROOM = {
    "/rooms/*",
    "/rooms/*/plan",
    "/rooms/*/plan/*/access",
    "/rooms/*/plan/new",
    "/rooms/*/plan/*/versions",
    "/rooms/*/plan/*/versions/*",
    "/rooms/*/actions",
    "/rooms/*/actions/*",
    "/rooms/*/actions/new",
    "/rooms/*/documents",
    "/rooms/*/documents/*",
    "/rooms/*/documents/new",
    "/rooms/*/people",
    "/rooms/*/agreement",
    "/rooms/*/decisions",
    "/rooms/*/decisions/advice",
    "/rooms/*/decisions/new",
}
OWN = {
    "/home",
    "/rooms",
    "/actions",
    "/agreements",
    "/agreements/*",
    "/rooms/new/check",
    "/emergency",
}
LEAD = {
    "/rooms/*/people/invite",
    "/rooms/*/people/family",
    "/rooms/*/people/doors",
    "/rooms/*/agreement/new",
    "/rooms/*/agreement/paper",
    "/rooms/*/agreement/receipt/*",
    "/rooms/*/agreement/stop",
    "/rooms/*/protection",
    "/rooms/*/protection/rule",
    "/rooms/*/protection/rule/*/end",
    "/rooms/*/protection/marker",
    "/rooms/*/protection/marker/*/end",
    "/rooms/*/protection/conflict",
    "/rooms/*/agreement/*/scan",
}
FAMILY = {
    "/y/home",
    "/y/plan",
    "/y/choices",
    "/y/choices/*/receipt",
    "/y/choices/*/words",
    "/y/looked",
    "/y/safe",
    "/y/own",
}
EXPECTED = {
    "imara": OWN | ROOM | LEAD,
    **dict.fromkeys(("bronagh", "ketan", "leona", "gethin"), OWN | ROOM),
    "saskia": OWN,
    "tamsin": FAMILY | {"/rooms/*/actions/*", "/y/choices/*/stop", "/y/plan/*/*/wrong"},
    "juno": FAMILY | {"/rooms/*/actions/*", "/y/choices/*/stop"},
    "dorran": FAMILY | {"/rooms/*/actions/*"},
    "noor": {
        "/home",
        "/rooms",
        "/actions",
        "/agreements",
        "/agreements/*",
        "/agreements/*/sign",
        "/agreements/*/narrow",
        "/agreements/*/standing",
        "/agreements/ends",
        "/agreements/new",
        "/desk/decisions",
        "/desk/decisions/*",
        "/desk/duty",
        "/desk/emergency",
        "/desk/taken-back",
        "/emergency",
        "/desk/protection",
        "/rooms/*/protection",
        "/rooms/*/protection/rule",
        "/rooms/*/protection/marker",
        "/rooms/*/protection/conflict",
        "/log",
        "/log/check",
    },
    "yusuf": {"/home", "/rooms", "/actions"},
    "wren": {"/sign-in/not-ready"},
}
UNLIKE = ("imara", "bronagh", "tamsin", "noor", "wren")
"""Whose pages differ in kind. The long tests look at everybody's."""

NO_PAGES = re.compile("/(look|copy|file|fragment)$|^/static/|^/sign-in/begin")


@pytest.mark.parametrize("who", UNLIKE)
async def test_every_page_is_found_by_links_and_is_without_fault(demos, launch, who):
    persona = await launch(demos.shared("sqlite")).comes(who)

    kinds = await _looks_at_every_page(persona, Examined())

    assert EXPECTED[who] <= kinds


@pytest.mark.long
@pytest.mark.parametrize("who", table.EVERYBODY)
async def test_every_page_of_everybody_is_without_fault_at_every_width(demos, launch, who):
    persona = await launch(demos.shared("sqlite")).comes(who)

    kinds = await _looks_at_every_page(persona, Examined(at_every_width=True))

    assert EXPECTED[who] <= kinds


@pytest.mark.long
async def test_the_steps_of_opening_a_room_are_without_fault(demos, launch):
    with demos.fresh("sqlite") as served:
        imara = await launch(served).comes("imara")
        examined = Examined()
        imara.looks = examined
        await imara.go("/rooms/new/check")
        await imara.press("Ask", exact=True)
        room = await opening.opens_a_room(imara)
        await examined(imara)
        await imara.go(f"{room}/agreement/new")
        await imara.press("Go on")
        await opening.records_agreement(imara, room)
        await imara.go(room)
        for name in ("Bronagh Exampleton", "Saskia Fabriczek"):
            await opening.checks_an_invitation(imara, room, name)

        assert examined.faults == []
        assert _unexpected(imara) == []


@pytest.mark.long
async def test_the_pages_of_a_no_are_without_fault(demos, launch):
    with demos.fresh("sqlite") as served:
        imara = await launch(served).comes("imara")
        examined = Examined()
        imara.looks = examined
        await opening.opens_a_room(imara)
        await imara.press("The family said no")
        await imara.follow(imara.page.locator("main form button").first)
        await expect(imara.page).to_have_url(re.compile("/declined$"))

        assert examined.faults == []
        assert await rows.people_named(served, opening.GROWN_UP, opening.CHILD) == 0


@pytest.mark.long
async def test_the_steps_of_forms_in_a_room_are_without_fault(demos, launch):
    with demos.fresh("sqlite") as served:
        people = launch(served)
        bronagh, imara, tamsin = [await people.comes(who) for who in ("bronagh", "imara", "tamsin")]
        room = await bronagh.only_room()
        for persona in people.all:
            persona.looks = Examined()
        await _part_and_file(bronagh, room)
        await _stops(imara, room)
        await tamsin.go("/y/choices")
        await tamsin.press("Stop some sharing")
        await tamsin.press("See what changes")
        await tamsin.page.get_by_label("Family life").check()
        await tamsin.page.get_by_label("Bramblegate Homes").check()
        await tamsin.press("See what changes")
        await tamsin.press("Stop now")
        await _reads_otherwise(tamsin)

        for persona in people.all:
            assert isinstance(persona.looks, Examined)
            assert persona.looks.faults == []
            assert _unexpected(persona) == []


@pytest.mark.long
async def test_the_pages_of_a_draft_agreement_are_without_fault(demos, launch):
    with demos.fresh("sqlite") as served:
        noor = await launch(served).comes("noor")
        examined = Examined()
        await noor.go("/agreements/QEH")
        noor.looks = examined
        await noor.press("Draft a new version")
        for page in ("text", "rules/0", "rules/new", "tests"):
            await noor.go(f"/agreements/QEH/draft/{page}")
        await noor.go("/agreements/QEH/effect")
        await noor.go("/agreements/QEH/effect/past")
        await noor.go("/sign-in/confirm?to=/agreements")
        await noor.go("/agreements/QEH/draft/rules/1")
        await noor.page.get_by_label("Lawful basis").fill("")
        await noor.press("Save the rule")
        await expect(noor.page.locator(".govuk-error-message").first).to_be_visible()
        await noor.go("/agreements/QEH/effect", status=422)

        assert examined.faults == []
        assert _unexpected(noor) == []


async def _looks_at_every_page(persona: Persona, examined: Examined) -> set[str]:
    """Follow all links from her first page on; the kinds of page found, none with a fault."""
    persona.looks = examined
    kinds = await _follows_links(persona, persona.page.url.removeprefix(persona.origin))
    if "/y/plan" in kinds:
        # The plan opens after a tap, and leads on from there.
        kinds = await _follows_links(persona, "/y/plan?show=yes", but=kinds - {"/y/plan"})
    await _leaves(persona)
    assert examined.faults == []
    assert _unexpected(persona) == []
    return kinds


def _unexpected(persona: Persona) -> list[str]:
    """What the console said, but for answers that are to be a refusal or a form given back."""
    return [said for said in persona.console if not re.search("status of (404|422)", said)]


async def _part_and_file(bronagh: Persona, room: str) -> None:
    page = bronagh.page
    await bronagh.go(f"{room}/plan/new")
    await bronagh.press("See who will see this")
    await page.locator("input[name=under][value=working_well]").check()
    await page.locator("#heading").fill("Speech drop-in")
    await page.get_by_label("Pip Samplewick").check()
    await page.locator("input[name=categories][value=health_development]").check()
    await bronagh.press("See who will see this")
    await bronagh.go(f"{room}/documents/new")
    await bronagh.press("See who will read it")
    await page.get_by_label("Pip Samplewick").check()
    await page.locator("#category").select_option("health_development")
    await page.locator("input[name=purpose][value=plan]").check()
    await bronagh.press("See who will read it")
    await bronagh.press("Add the document")
    await bronagh.go(f"{room}/actions/new")
    await bronagh.follow(page.locator("main .govuk-list--spaced a").first)
    await bronagh.press("Add the action")


async def _stops(imara: Persona, room: str) -> None:
    await imara.go(f"{room}/agreement/stop")
    await imara.page.get_by_label("Juno Samplewick").check()
    await imara.follow(imara.page.locator("main form button").first)
    await imara.page.get_by_label("Family life").check()
    await imara.page.get_by_label("Bramblegate Homes").check()
    await imara.page.locator("input[name=how][value=phone]").check()
    await imara.follow(imara.page.locator("button[value=look]"))
    await imara.follow(imara.page.locator("button[value=stop]"))


async def _reads_otherwise(tamsin: Persona) -> None:
    """Her pages in Welsh, then in easy read in both languages; each is chosen by the keyboard."""
    receipt = await tamsin.page.locator("a[href$='/receipt']").get_attribute("href")
    stop = await tamsin.page.locator("a[href$='/stop']").get_attribute("href")
    await _chooses(tamsin, "button[name=language]")
    await expect(tamsin.page.locator("html")).to_have_attribute("lang", "cy")
    for name in ("home", "plan?show=yes", "looked", "own", "safe"):
        await tamsin.go(f"/y/{name}")
    for path in ("/actions", f"{receipt}?show=yes", stop, "/privacy"):
        await tamsin.go(str(path))
    await tamsin.go("/y/choices")
    await _chooses(tamsin, "button[name=easy]")
    for path in ("/y/choices", stop, receipt, "/y/looked", "/y/safe", "/privacy/young"):
        await tamsin.go(str(path))
    await _chooses(tamsin, "button[name=language]")
    await expect(tamsin.page.locator("html")).to_have_attribute("lang", "en")
    await tamsin.go("/y/choices")


async def _chooses(persona: Persona, button: str) -> None:
    await persona.page.locator(button).focus()
    async with persona.page.expect_navigation():
        await persona.page.keyboard.press("Enter")


async def _follows_links(persona: Persona, first: str, *, but: Iterable[str] = ()) -> set[str]:
    """Open one page of every kind that can be reached; the kinds, with those opened before."""
    waiting, seen = [first], set(but)
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path.partition("?")[0])
        if kind in seen or NO_PAGES.search(kind):
            continue
        seen.add(kind)
        await persona.go(path)
        content = (await persona.page.content()).encode()
        here = re.compile(rf"^(?:{re.escape(persona.origin)})?(/[^#]*)")
        waiting += [found[1] for link in links_in(content) if (found := here.match(link))]
    return seen


async def _leaves(persona: Persona) -> None:
    """What everybody comes to: a page that cannot be shown, signing out, the start."""
    await persona.go(f"/rooms/{'0' * 32}", status=200 if persona.code == "wren" else 404)
    if persona.code != "wren":
        await persona.press("Sign out")
        await expect(persona.page).to_have_url(re.compile("/signed-out$"))
    for path in ("/", "/sign-in", "/demo", "/y", "/y/in"):
        await persona.go(path)
