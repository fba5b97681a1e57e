"""Two parents who live apart: the father's pages hold his own, and nothing that tells of more."""

import re
import statistics
import time

from playwright.async_api import expect

from tests.journeys import table
from tests.journeys.crawl import follow_links
from tests.journeys.persona import Persona

HIS_PART = "Otis and his dad"
HIS_ACTION = "Write to Otis, hand it in at the school office"
NEVER_HIS = re.compile(
    "|".join(
        (
            "Row|ZX1|Herongate|Tamsin|Juno|Pip |Samplewick|Bronagh|Ketan|Leona|Gethin|Saskia",
            "Bramblegate|Quillmere Police|health visitor|school nurse|Lantern|call\\.example",
            "may not be seeing everything|people in|members|documents?|last changed|kept back",
        )
    )
)

_WORDS = """() => {
  const body = document.body.cloneNode(true);
  body.querySelectorAll("script").forEach((script) => script.remove());
  return body.textContent;
}"""


async def test_his_pages_hold_his_part_his_action_and_whom_to_ring(shared_demo, launch):
    dorran = await launch(shared_demo).comes("dorran")
    words = await _all_his_words(dorran)

    assert HIS_PART in words
    assert HIS_ACTION in words
    assert "Tansy Vale School" in words
    assert not NEVER_HIS.findall(words)


async def test_no_byte_of_his_names_what_is_not_his(shared_demo, launch):
    dorran = await launch(shared_demo).comes("dorran")
    seen = await follow_links(dorran, ["/y/home", "/y/plan?show=yes", "/y/choices", "/actions"])

    assert {status for status, _body in seen.values()} == {200}
    whole = b"\n".join(body for _status, body in seen.values()).decode()
    others = [table.HEADINGS[part] for part in table.SECTIONS if part != "S13"]
    assert not [heading for heading in others if heading in whole]
    for word in ("Herongate", "ZX1", "Tamsin", "Juno", "Leona", "Bronagh", "Court", "meeting"):
        assert word not in whole


async def test_he_meets_no_room_page_no_list_of_people_and_no_live_line(shared_demo, launch):
    people = launch(shared_demo)
    imara, dorran = await people.comes("imara"), await people.comes("dorran")
    room = await imara.only_room()

    for path in ("", "/plan", "/people", "/documents", "/actions", "/agreement", "/fragment"):
        assert (await dorran.fetch(room + path))[0] == 404
    assert dorran.frames == []


async def test_the_mothers_page_does_not_show_the_order_either(shared_demo, launch):
    tamsin = await launch(shared_demo).comes("tamsin")
    seen = await follow_links(tamsin, ["/y/home", "/y/plan?show=yes", "/y/choices", "/actions"])

    whole = b"\n".join(body for _status, body in seen.values()).decode()
    for word in ("Court order", "ironcanary", "domestic", "Order, front page"):
        assert word not in whole
    headings = await _headings(tamsin)
    assert headings == table.headings_of("tamsin")


async def test_what_is_not_there_and_what_is_not_his_take_him_the_same_time(shared_demo, launch):
    people = launch(shared_demo)
    imara, dorran = await people.comes("imara"), await people.comes("dorran")
    await imara.go(f"{await imara.only_room()}/actions")
    hers = await imara.page.get_by_role("link", name=re.compile("Text Imara")).get_attribute("href")
    assert hers is not None
    nobodys = hers[:-32] + "0" * 32
    took: dict[str, list[float]] = {hers: [], nobodys: []}
    answers = set()
    for path in (hers, nobodys) * 6:
        began = time.perf_counter()
        status, _where, body = await dorran.fetch(path)
        took[path].append(time.perf_counter() - began)
        answers.add((status, re.sub(rb'nonce="[^"]+"|value="[^"]+"', b"", body)))
    assert len(answers) == 1
    assert abs(statistics.median(took[hers]) - statistics.median(took[nobodys])) < 0.15


async def test_what_one_parent_stops_neither_undoes_nor_shows_the_others(fresh_demo, launch):
    people = launch(fresh_demo)
    tamsin, dorran = await people.comes("tamsin"), await people.comes("dorran")
    before = await _all_his_words(dorran)
    await tamsin.go("/y/choices")
    await tamsin.press("Stop all sharing")
    await tamsin.press("Stop now")
    await expect(tamsin.page.get_by_text("It has stopped.")).to_be_visible()

    assert await _all_his_words(dorran) == before


async def _all_his_words(dorran: Persona) -> str:
    """Every word that stands on his pages, folded away or not."""
    words = []
    for path in ("/y/home", "/y/plan?show=yes", "/y/choices", "/actions"):
        await dorran.go(path)
        words.append(await dorran.page.evaluate(_WORDS))
    link = dorran.page.get_by_role("link", name=HIS_ACTION)
    if await link.count():
        await dorran.follow(link.first)
        words.append(await dorran.page.evaluate(_WORDS))
    return re.sub(r"\s+", " ", " ".join(words))


async def _headings(persona: Persona) -> set[str]:
    await persona.go("/y/plan?show=yes")
    return set(await persona.headings())
