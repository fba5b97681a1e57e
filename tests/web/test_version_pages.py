"""The versions of a part, on pages that need no script."""

from datetime import timedelta

from server.kernel import clock
from tests.fakes.forms import csrf_of
from tests.rooms.test_versions import write

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def test_she_lists_compares_and_puts_back_a_version_without_script(house):
    part = await house.add_section(house.imara, "Otis at school")
    with clock.moved_to(clock.now() + timedelta(minutes=10)):
        await write(house, part, house.bronagh, ' <b>"late"')
    top = f"/rooms/{house.room.hex}/plan/{part.hex}"
    async with await house.browser(house.bronagh) as browser:
        page = await browser.get(top)
        listed = await browser.get(f"{top}/versions")
        older = await browser.get(f"{top}/versions?before=1")
        compared = await browser.get(f"{top}/versions/compare?from=1&to=2")
        whole = await browser.get(f"{top}/versions/compare")
        read = await browser.get(f"{top}/versions/1")
        words = await browser.get(f"{top}/versions/1?only=words")
        strange = [
            (await browser.get(f"{top}/versions/{seq}")).status_code
            for seq in ("0", "3", "x", "9" * 40, "%C2%B2")
        ]
        sent = f"csrf={csrf_of(read.text)}&over="
        late = await browser.post(f"{top}/versions/1", content=f"{sent}1", headers=FORM)
        done = await browser.post(f"{top}/versions/1", content=f"{sent}2", headers=FORM)
        after = await browser.get(done.headers["location"])

    assert f'href="{top}/versions"' in page.text
    assert listed.text.index("Bronagh Exampleton") < listed.text.index("<ol")  # in the choice, too
    assert f"{top}/versions/compare?from=1&amp;to=2" in listed.text
    assert "Imara Testwell" in older.text
    assert '<span class="govuk-visually-hidden">[added: </span>' in compared.text
    assert "&lt;b&gt;&#34;late&#34;" in compared.text
    assert "2 words added, 0 taken out." in compared.text
    assert "2 words added, 0 taken out." in whole.text
    assert "Put this version back" in read.text
    assert f'data-fragment="{top}/versions/1?only=words"' in read.text
    assert words.text.strip() in read.text
    assert "<html" not in words.text
    assert strange == [404] * 5
    assert late.status_code == 409
    assert "Nothing was put back" in late.text
    assert done.status_code == 303
    assert "Put back." in after.text
    assert "late" not in after.text.split('class="section-words"')[1].split("</section>")[0]
