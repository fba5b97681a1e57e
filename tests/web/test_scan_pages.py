"""The scan of a signed form: added after the agreement is recorded, and the lead's alone."""

import pytest

from server.audit.search import Filter
from tests.consent.acts import entries
from tests.fakes import files
from tests.fakes.forms import forms_of, multipart
from tests.web.test_agreement_pages import go_on, telling_fields, top_of, who_fields

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


async def send(browser, page, address, content, name):
    (form,) = forms_of(page.text, address)
    body, headers = multipart(form.fields, content, name)
    return await browser.post(address, content=body, headers=headers)


async def test_a_scan_is_the_evidence_and_a_bad_file_loses_nothing_recorded(house):
    address = f"{top_of(house)}/{house.people['Tamsin'].hex}/scan"
    async with await house.browser(house.imara) as browser:
        page = await browser.get(f"{top_of(house)}/new")
        page = await go_on(browser, house, page, *who_fields(house))
        page = await go_on(browser, house, page, ("answers-school-tansy_vale", "yes"), ("go", "on"))
        on_paper = [("how", "signed_paper"), *telling_fields()[1:]]
        page = await go_on(browser, house, page, *on_paper, ("go", "on"))
        saved = await go_on(browser, house, page, ("go", "save"))
        assert saved.headers["location"] == f"{address}?after=recorded"
        asked = await browser.get(saved.headers["location"])
        assert "What was agreed is recorded." in asked.text

        for content, name, sentence in (
            (files.png(), "form.pdf", "it is not"),
            (files.docx(), "form.docx", "must be a PDF, or a PNG or JPEG picture"),
            (b"", "", "Choose a file."),
        ):
            wrong = await send(browser, asked, address, content, name)
            assert wrong.status_code == 422
            assert sentence in wrong.text
            assert 'href="#file"' in wrong.text
        assert "Signed form, added" not in (await browser.get(top_of(house))).text

        added = await send(browser, wrong, address, files.pdf("signed"), "form.pdf")
        assert added.headers["location"] == f"{top_of(house)}?done=scanned"
        listed = (await browser.get(top_of(house))).text
        assert "Signed form, added" in listed
        (scan,) = [one.split('"')[0] for one in listed.split('href="') if "/documents/" in one]
        assert (await browser.get(scan)).status_code == 200
        assert (await browser.get(f"{scan}/look")).content == files.pdf("signed")

    for other in (house.bronagh, house.tamsin, house.saskia):
        async with await house.browser(other) as browser:
            assert (await browser.get(scan)).status_code == 404
            assert (await browser.get(address)).status_code == 404
            shown = (await browser.get(f"/rooms/{house.room.hex}/documents")).text
            assert "form.pdf" not in shown
    (noted,) = await entries(Filter(kind="consent:evidence-noted"))
    assert noted.details is not None
    assert noted.details["consent"][0]["version"] == 2
    assert scan.endswith(noted.details["document"])
    assert (await entries(Filter(kind="document:viewed")))[0].outcome == "allowed"
