"""Documents on pages: described, readers shown, sent, listed, opened."""

from urllib.parse import urlencode

import pytest

from server.kernel.ids import new_id
from server.kernel.settings import settings
from tests.fakes import files
from tests.fakes.forms import PageForm, csrf_of, forms_of, multipart

FORM = {"content-type": "application/x-www-form-urlencoded"}
LETTER = files.pdf("plumcanary")


async def describe(browser, house, **changed) -> str:
    """The page on which the file is chosen."""
    address = f"/rooms/{house.room.hex}/documents/new"
    page = (await browser.get(address)).text
    told = {
        "subjects": house.people["Otis"].hex,
        "category": "education_attendance",
        "purpose": "plan",
        "audience": "everybody",
    } | changed
    answer = await browser.post(
        address, content=urlencode([("csrf", csrf_of(page)), *told.items()]), headers=FORM
    )
    return str(answer.text)


def file_form(page: str, house) -> PageForm:
    (form,) = forms_of(page, f"/rooms/{house.room.hex}/documents")
    return form


async def send(browser, house, content=LETTER, *, name="Review letter.pdf", form=None):
    form = form or file_form(await describe(browser, house), house)
    body, headers = multipart(form.fields, content, name)
    return await browser.post(f"/rooms/{house.room.hex}/documents", content=body, headers=headers)


async def test_a_document_is_described_its_readers_shown_and_then_sent(house):
    top = f"/rooms/{house.room.hex}/documents"
    async with await house.browser(house.imara) as browser:
        empty = await browser.get(top)
        page = await describe(browser, house)
        sent = await send(browser, house, form=file_form(page, house))
        shown = await browser.get(sent.headers["location"])
        listed = await browser.get(top)
        again = await browser.get(f"{top}/fragment")

    assert "No documents you can see." in empty.text
    assert "3 people in 2 organisations will see this" in page
    assert sent.status_code == 303
    for one in (shown, listed, again):
        assert "Review letter.pdf" in one.text
        assert "Attendance at school" in one.text
    assert "Nobody has opened it yet." in shown.text
    assert "not looked through for viruses" in listed.text


async def test_a_description_that_comes_back_keeps_everything_typed(house):
    address = f"/rooms/{house.room.hex}/documents/new"
    async with await house.browser(house.imara) as browser:
        page = await describe(browser, house, category="", named=house.leona.id.hex)

    (form,) = forms_of(page, address)
    assert "There is a problem" in page
    assert 'href="#category"' in page
    assert form.get("subjects") == house.people["Otis"].hex
    assert form.get("purpose") == "plan"
    assert form.get("named") == house.leona.id.hex


async def test_what_was_said_can_be_changed_before_the_file_is_sent(house):
    address = f"/rooms/{house.room.hex}/documents/new"
    async with await house.browser(house.imara) as browser:
        page = await describe(browser, house)
        (back,) = forms_of(page, address)
        again = await browser.post(address, content=urlencode(back.fields), headers=FORM)

    (form,) = forms_of(again.text, address)
    assert again.status_code == 200
    assert form.get("category") == "education_attendance"
    assert form.get("subjects") == house.people["Otis"].hex


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("letter.pdf", files.png(), "it is not"),
        ("letter.pdf", b"", "The file is empty."),
        ("letter.exe", LETTER, "must be a PDF"),
        ("letter.pdf", LETTER[:-40], "was cut off"),
        ("", b"", "Choose a file."),
    ],
)
async def test_a_file_that_is_refused_leaves_nothing_and_keeps_the_form(
    house, name, content, sentence
):
    async with await house.browser(house.imara) as browser:
        answer = await send(browser, house, content, name=name)
        listed = await browser.get(f"/rooms/{house.room.hex}/documents")

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'href="#file"' in answer.text
    assert file_form(answer.text, house).get("category") == "education_attendance"
    assert "No documents you can see." in listed.text
    assert [path for path in (house.folder / "data").rglob("*") if path.is_file()] == []


async def test_a_file_over_the_limit_is_refused_with_the_limit(house):
    async with await house.browser(house.imara) as browser:
        form = file_form(await describe(browser, house), house)
        answer = await send(browser, house, files.pdf(pad=settings().upload_limit_bytes), form=form)

    assert answer.status_code == 422
    assert "The file is larger than 50 MB." in answer.text
    assert [path for path in (house.folder / "data").rglob("*") if path.is_file()] == []


async def test_a_copy_is_an_attachment_with_a_name_that_says_nothing(house):
    async with await house.browser(house.imara) as browser:
        address = (await send(browser, house)).headers["location"]
        copy = await browser.get(f"{address}/copy")
        look = await browser.get(f"{address}/look")
        shown = await browser.get(address)

    assert copy.content == look.content == LETTER
    disposition = copy.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="document-')
    assert "Review" not in disposition
    assert look.headers["content-disposition"].startswith("inline;")
    for answer in (copy, look):
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]
    assert "Imara Testwell" in shown.text
    assert "took a copy" in shown.text
    assert "looked at it" in shown.text


async def test_what_may_only_be_looked_at_says_so_and_gives_no_copy(house):
    async with await house.browser(house.imara) as hers:
        form = file_form(await describe(hers, house, category="child_voice"), house)
        address = (await send(hers, house, form=form)).headers["location"]
    async with await house.browser(house.leona) as browser:
        shown = await browser.get(address)
        copy = await browser.get(f"{address}/copy")
        look = await browser.get(f"{address}/look")

    assert "You may look at this. You may not keep a copy." in shown.text
    assert f"{address}/copy" not in shown.text
    assert (copy.status_code, look.status_code) == (404, 200)


async def test_an_outsider_gets_the_same_answer_as_for_a_page_that_is_not_there(house):
    async with await house.browser(house.imara) as hers:
        address = (await send(hers, house)).headers["location"]
    async with await house.browser(house.leona) as browser:
        refused = [await browser.get(address + end) for end in ("", "/copy", "/look")]
        unknown = await browser.get(f"/rooms/{house.room.hex}/documents/{new_id().hex}")
        listed = await browser.get(f"/rooms/{house.room.hex}/documents")
    async with await house.browser(house.saskia) as browser:
        outside = [
            await browser.get(f"/rooms/{house.room.hex}/documents{end}") for end in ("", "/new")
        ]

    assert {answer.status_code for answer in [*refused, *outside]} == {404}
    assert all("plumcanary" not in answer.text for answer in refused)
    assert refused[0].text.split("<main")[1] == unknown.text.split("<main")[1]
    assert "No documents you can see." in listed.text
    assert "Review" not in listed.text


async def test_the_rooms_documents_are_no_family_page(house):
    async with await house.browser(house.tamsin) as browser:
        pages = [
            await browser.get(f"/rooms/{house.room.hex}/documents{end}")
            for end in ("", "/new", "/fragment")
        ]

    assert {page.status_code for page in pages} == {404}


async def test_a_double_press_keeps_one_document(house):
    async with await house.browser(house.imara) as browser:
        form = file_form(await describe(browser, house), house)
        first = await send(browser, house, form=form)
        second = await send(browser, house, form=form)
        listed = await browser.get(f"/rooms/{house.room.hex}/documents")

    assert first.headers["location"] == second.headers["location"]
    assert listed.text.count('class="app-card"') == 1
