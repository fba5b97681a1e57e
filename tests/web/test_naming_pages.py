"""For whom by name something is, changed on its page, on both stores."""

from urllib.parse import urlencode

from documents.description import Description
from documents.uploading import receiving
from server.kernel.ids import new_id
from tests.fakes import files
from tests.fakes.forms import forms_of

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def send(browser, page, address, named, why):
    (form,) = forms_of(page.text, address)
    kept = [(name, value) for name, value in form.fields if name not in {"named", "why"}]
    fields = [*kept, *(("named", one.id.hex) for one in named), ("why", why)]
    return await browser.post(address, content=urlencode(fields), headers=FORM)


async def test_who_is_taken_off_the_list_loses_part_and_document_at_once(house):
    top = f"/rooms/{house.room.hex}"
    part = await house.add_section(
        house.imara, "Heron notes", category="parenting", named=(house.imara, house.bronagh)
    )
    described = Description(
        "parenting",
        frozenset({house.people["Otis"]}),
        "plan",
        frozenset({house.bronagh.id}),
        is_for_named_only=True,
    )
    async with receiving(house.imara, house.room, new_id()) as arrival:
        await arrival.write(files.pdf("heron"))
        document = await arrival.keep("heron.pdf", described)
    async with (
        await house.browser(house.imara) as imara,
        await house.browser(house.bronagh) as bronagh,
    ):
        for thing, shown, listed in (
            (part, f"{top}/plan/{part.hex}/access", f"{top}/plan"),
            (document, f"{top}/documents/{document.hex}", f"{top}/documents"),
        ):
            address = f"{top}/names/{thing.hex}"
            assert f'href="{address}"' in (await imara.get(shown)).text
            assert f'href="{address}"' not in (await bronagh.get(shown)).text
            assert "heron" in (await bronagh.get(listed)).text.lower()
            page = await imara.get(address)
            wrong = await send(imara, page, address, (house.bronagh,), "She moves on")
            assert wrong.status_code == 422
            assert 'href="#named"' in wrong.text
            assert "She moves on" in wrong.text
            done = await send(imara, wrong, address, (house.imara, house.leona), "She moves on")
            assert done.headers["location"] == f"{address}?done=yes"
            assert "heron" not in (await bronagh.get(listed)).text.lower()
            assert "heron" in (await imara.get(listed)).text.lower()
            assert (await bronagh.get(shown)).status_code == 404
            assert (await bronagh.get(address)).status_code == 404
