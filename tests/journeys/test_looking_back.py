"""Step 9 of the story: every act stands in the log, the log can be searched and is whole."""

import asyncio
import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect

from server.demo.partnership import PRACTITIONERS
from tests.canaries import leaked_to
from tests.journeys.persona import Persona
from tests.real.demo import ServedDemo

ROOT = Path(__file__).resolve().parents[2]


async def test_9_the_officer_sees_every_act_with_clause_basis_and_date_and_filters_them(
    fresh_demo, launch
):
    people = launch(fresh_demo)
    leona, noor = await asyncio.gather(people.comes("leona"), people.comes("noor"))
    room = await leona.only_room()
    await leona.go(f"{room}/plan")
    await leona.page.goto(leona.origin + f"{room}/plan/{'0' * 32}")

    await leona.go(room)
    reference = (await leona.page.locator(".govuk-caption-l").inner_text()).removeprefix("Room ")

    await noor.go("/log")
    await _looks_for(noor, member="Leona Mockingham", kind="Opened a part of the plan")
    first = noor.page.locator("tbody tr").first
    for words in ("Leona Mockingham", "Bramblegate Homes", "Allowed", reference, "QEH"):
        await expect(first).to_contain_text(words)
    await expect(first.locator(".app-log__small").last).not_to_be_empty()

    # The story's own refusals: the invitation that was stopped, the letter asked for by hand.
    await _looks_for(noor, outcome="Refused")
    refused = await noor.page.locator("tbody").inner_text()
    assert re.search("Refused: (invited|asked|looked|opened)", refused)
    await _looks_for(noor, outcome="Refused", member="Leona Mockingham")
    assert await _whos(noor) == {"Leona Mockingham"}
    await _looks_for(noor, agency="Quillmere Police, neighbourhood team")
    assert await _whos(noor) == {"Gethin Inventon"}
    await _looks_for(noor, room=reference, since=(1, 1, 2020), until=(2, 1, 2020))
    await expect(noor.page.get_by_text("Nothing matches. Widen the dates.")).to_be_visible()
    await _looks_for(noor, since=(31, 2, 2026))
    await expect(noor.page.locator(".govuk-error-summary")).to_be_visible()

    # Her own looks are in it.
    await _looks_for(noor, member="Noor Specimen", kind="Looked in the log")
    assert await noor.page.locator("tbody tr").count() >= 5


async def test_9_the_export_holds_every_entry_and_no_word_of_the_plan(fresh_demo, launch):
    noor = await launch(fresh_demo).comes("noor")
    await noor.go("/log")
    count = await noor.page.locator(".app-log-head h2").inner_text()
    async with noor.page.expect_download() as waiting:
        await noor.page.get_by_role("button", name="Take these away as a file (CSV)").click()
    path = await (await waiting.value).path()
    whole = path.read_bytes()

    rows = list(csv.reader(io.StringIO(whole.decode("utf-8-sig"))))
    assert len(rows) - 1 >= int(re.sub(r"\D", "", count))
    assert len({len(row) for row in rows}) == 1
    assert leaked_to("noor", whole) == set()
    names = {one.name for one in PRACTITIONERS if one.code in {"imara", "leona", "gethin"}}
    assert all(name.encode() in whole for name in names)


async def test_9_the_log_says_it_is_whole_until_one_row_is_changed(fresh_demo, launch):
    noor = await launch(fresh_demo).comes("noor")
    await noor.go("/log")
    await noor.press("Is the log whole?", exact=True)
    await expect(noor.page.get_by_role("heading", level=1)).to_have_text("Is the log whole?")
    await expect(noor.page.locator("main")).to_contain_text(re.compile("The log is whole"))

    said = await asyncio.to_thread(_verify_log, fresh_demo)
    assert said.returncode == 0, said.stdout + said.stderr
    assert re.search(r"\d+ entries", said.stdout)


@pytest.mark.parametrize("who", ["imara", "tamsin", "yusuf"])
async def test_9_nobody_else_looks_into_the_log(shared_demo, launch, who):
    persona = await launch(shared_demo).comes(who)
    for path in ("/log", "/log/check"):
        answer = await persona.page.goto(persona.origin + path)
        assert answer is not None
        assert answer.status == 404
    assert not await persona.page.get_by_role("link", name="Log", exact=True).count()


async def _looks_for(noor: Persona, **sought: object) -> None:
    page = noor.page
    await noor.go("/log")
    await page.get_by_text("Look for", exact=True).click()
    for field, value in sought.items():
        if isinstance(value, tuple):
            for part, number in zip(("day", "month", "year"), value, strict=True):
                await page.locator(f"input[name={field}-{part}]").fill(str(number))
        elif field == "room":
            await page.locator("#room").fill(str(value))
        else:
            await page.locator(f"#{field}").select_option(label=str(value))
    await noor.press("Search", exact=True)


async def _whos(noor: Persona) -> set[str]:
    cells = await noor.page.locator('tbody td[data-label="Who"]').all_inner_texts()
    return {cell.splitlines()[0] for cell in cells}


def _verify_log(demo: ServedDemo) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "server", "verify-log", "--settings", str(demo.settings_file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
