"""The real partners of the tests are found and start, or are said to be missing."""

import subprocess
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.real import node, postgres, wanted
from tests.real.chromium import ARGUMENTS


@pytest.mark.browser
async def test_a_real_chromium_shows_a_page(chromium: Path):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = await browser.new_page()
        await page.set_content("<h1>A family's room</h1>")

        assert await page.inner_text("h1") == "A family's room"
        await browser.close()


def test_node_finds_the_certified_provider(certified_provider: Path):
    script = 'console.log(typeof (await import("oidc-provider")).Provider);'

    told = subprocess.run(
        [node.node(), "--input-type=module", "--eval", script],
        cwd=certified_provider,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told.strip() == "function"


def test_a_missing_partner_is_a_counted_skip_on_ones_own_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)

    with pytest.raises(pytest.skip.Exception, match="not found: Chromium"):
        wanted.missing("Chromium")


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("REQUIRE_BROWSER", "1")])
def test_a_missing_partner_is_a_failure_before_a_change_lands(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    monkeypatch.setenv(name, value)

    with pytest.raises(pytest.fail.Exception, match="Wanted for this test and not found: Node"):
        wanted.missing("Node")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://postgres:@/postgres?host=/run/pg", "@/rooms?host=/run/pg"),
        ("postgresql+asyncpg://me:pw@127.0.0.1:5433/any", "me:pw@127.0.0.1:5433/rooms"),
    ],
)
def test_a_postgres_address_from_the_environment_names_any_database(given: str, expected: str):
    url = postgres.Postgres(given).url_of("rooms")

    assert url.startswith("postgresql+asyncpg://")
    assert url.endswith(expected)
