"""Files in a room: put in, listed, opened, kept from others, disposed of."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from consent.bell import Bell, What
from documents import uploading, vault, viewing
from documents.description import Description
from documents.document import FileType, How
from documents.keeping import DocumentKeeper
from documents.sealed_file import CHUNK, Damaged, SealingFile
from documents.vault import Place
from server.kernel import notices
from server.kernel.database import reading, writing
from server.kernel.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from server.kernel.ids import DocumentId, new_id
from tests.fakes import files
from tests.fakes.counting import counted

LETTER = files.pdf("plumcanary", pad=3 * CHUNK)


def on(house, category="education_attendance", **more) -> Description:
    return Description(category, frozenset({house.people["Otis"]}), "plan", **more)


async def put_in(
    who, house, content=LETTER, *, name="Review letter.pdf", described=None, form=None
):
    async with uploading.receiving(who, house.room, form or new_id()) as arrival:
        for start in range(0, len(content), 50_000):
            await arrival.write(content[start : start + 50_000])
        return await arrival.keep(name, described or on(house))


async def read(who, house, document, how=How.COPIED) -> bytes:
    opened = await viewing.open_document(who, house.room, document, how=how)
    return b"".join([piece async for piece in opened.pieces])


async def names(who, house) -> list[str]:
    return [one.document.name for one in await viewing.list_documents(who, house.room)]


def stored(house) -> list[Path]:
    return sorted(path for path in (house.folder / "data").rglob("*") if path.is_file())


async def test_a_file_put_in_is_opened_by_one_and_unknown_to_another(house):
    document = await put_in(house.imara, house)

    assert await names(house.imara, house) == ["Review letter.pdf"]
    assert await names(house.bronagh, house) == ["Review letter.pdf"]
    assert await read(house.imara, house, document) == LETTER
    assert await names(house.leona, house) == []
    for act in (
        viewing.view_document(house.leona, house.room, document),
        read(house.leona, house, document),
        viewing.list_documents(house.saskia, house.room),
    ):
        with pytest.raises(Refused):
            await act


async def test_no_clear_byte_of_a_file_is_on_the_disk(house):
    await put_in(house.imara, house, name="plumcanary.pdf")

    kept = b"".join(path.read_bytes() for path in stored(house))
    async with reading() as tx:
        rows = str(await tx.rows(text("SELECT * FROM document")))

    assert len(kept) > len(LETTER)
    assert b"plumcanary" not in kept
    assert b"%PDF" not in kept
    assert "plumcanary" not in rows


async def test_what_the_room_knows_of_a_document(house):
    document = await put_in(house.imara, house, name="C:\\letters\\Review letter.pdf")

    shown = await viewing.view_document(house.bronagh, house.room, document)

    assert shown.document.name == "Review letter.pdf"
    assert shown.document.file_type is FileType.PDF
    assert shown.document.size_bytes == len(LETTER)
    assert shown.document.neutral_name == f"document-{document.hex[:8]}.pdf"
    assert (shown.added_by, shown.agency) == ("Imara Testwell", "Tansy Vale School")
    assert shown.about == ("Otis Samplewick",)
    assert shown.topics == ("Attendance at school",)
    assert shown.openings is None


async def test_the_lead_and_the_one_who_put_it_in_see_who_opened_it(house):
    document = await put_in(
        house.bronagh, house, described=on(house, "health_development"), name="review.pdf"
    )
    await read(house.imara, house, document, How.LOOKED)

    for who in (house.imara, house.bronagh):
        shown = await viewing.view_document(who, house.room, document)
        assert shown.openings is not None
        assert [(one.who, one.how) for one in shown.openings] == [("Imara Testwell", How.LOOKED)]


async def test_every_opening_is_recorded_before_the_first_byte(house):
    document = await put_in(house.imara, house)

    opened = await viewing.open_document(house.imara, house.room, document, how=How.COPIED)
    async with reading() as tx:
        kinds = [row.kind for row in await tx.rows(text("SELECT kind FROM audit_entry"))]
        openings = await tx.rows(text("SELECT how FROM document_opening"))

    assert "document:downloaded" in kinds
    assert "document:uploaded" in kinds
    assert [row.how for row in openings] == ["copied"]
    await opened.pieces.aclose()


async def test_a_refused_opening_is_recorded_and_nothing_is_opened(house):
    document = await put_in(house.imara, house)

    with pytest.raises(Refused):
        await read(house.leona, house, document)

    async with reading() as tx:
        kinds = [row.kind for row in await tx.rows(text("SELECT kind FROM audit_entry"))]
        openings = await tx.rows(text("SELECT how FROM document_opening"))
    assert "document:download-refused" in kinds
    assert list(openings) == []


async def test_what_may_only_be_looked_at_is_not_copied(house):
    # The agreement lets a child's own words be seen by housing, and not be taken away.
    document = await put_in(house.imara, house, described=on(house, "child_voice"))

    shown = await viewing.view_document(house.leona, house.room, document)

    assert (shown.may_look, shown.may_copy) == (True, False)
    assert await read(house.leona, house, document, How.LOOKED) == LETTER
    with pytest.raises(Refused):
        await read(house.leona, house, document, How.COPIED)


async def test_a_type_no_browser_shows_is_copied_and_not_looked_at(house):
    note = files.docx()
    document = await put_in(house.imara, house, note, name="note.docx")

    shown = await viewing.view_document(house.imara, house.room, document)

    assert (shown.may_look, shown.may_copy) == (False, True)
    with pytest.raises(NotFound):
        await read(house.imara, house, document, How.LOOKED)
    assert await read(house.imara, house, document) == note


async def test_a_file_for_named_people_is_for_them_alone(house):
    described = on(house, named=frozenset({house.tamsin.id}), is_for_named_only=True)
    document = await put_in(house.imara, house, described=described)

    assert await names(house.imara, house) == ["Review letter.pdf"]
    assert await names(house.bronagh, house) == []
    shown = await viewing.view_document(house.tamsin, house.room, document)
    assert shown.added_by == "Pastoral lead"


async def test_a_reader_who_loses_access_while_a_file_streams_gets_no_more_of_it(
    house, monkeypatch
):
    monkeypatch.setattr(viewing, "LOOK_AGAIN_S", 0)
    document = await put_in(
        house.imara, house, described=on(house, "family_relationships"), name="plan.pdf"
    )
    opened = await viewing.open_document(house.leona, house.room, document, how=How.COPIED)
    first = await anext(opened.pieces)

    await house.stop("family_life", "bramblegate")

    with pytest.raises(Refused):
        await anext(opened.pieces)
    assert len(first) == CHUNK
    async with reading() as tx:
        kinds = [row.kind for row in await tx.rows(text("SELECT kind FROM audit_entry"))]
    assert "document:download-refused" in kinds


async def test_a_change_that_does_not_concern_her_lets_a_reader_go_on(house, monkeypatch):
    monkeypatch.setattr(viewing, "LOOK_AGAIN_S", 0)
    document = await put_in(house.imara, house)
    opened = await viewing.open_document(house.bronagh, house.room, document, how=How.COPIED)
    first = await anext(opened.pieces)

    await house.stop("family_life", "bramblegate")
    rest = b"".join([piece async for piece in opened.pieces])

    assert first + rest == LETTER


async def test_a_damaged_file_is_told_of_before_its_first_byte(house):
    document = await put_in(house.imara, house)
    (path,) = stored(house)
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(Damaged):
        await viewing.open_document(house.imara, house.room, document, how=How.COPIED)
    assert issubclass(Damaged, Unavailable)


async def test_one_documents_file_in_anothers_place_does_not_open(house):
    first = await put_in(house.imara, house)
    second = await put_in(house.imara, house, files.pdf("another"))
    place = Place(house.room, first)
    place.path.write_bytes(Place(house.room, second).path.read_bytes())

    with pytest.raises(Damaged):
        await read(house.imara, house, first)


async def test_a_bell_rings_once_the_document_is_durable(house):
    heard: list[Bell] = []
    notices.hear(Bell, heard.append)

    document = await put_in(house.imara, house)

    assert [(bell.what, bell.label.thing) for bell in heard] == [(What.DOCUMENTS, document)]


async def test_the_same_form_sent_twice_at_once_keeps_one_document(house):
    form = new_id()

    sent = await asyncio.gather(*(put_in(house.imara, house, form=form) for _ in range(2)))

    assert sent[0] == sent[1]
    assert await names(house.imara, house) == ["Review letter.pdf"]
    assert len(stored(house)) == 1
    assert await read(house.imara, house, sent[0]) == LETTER


async def test_the_same_form_with_another_file_replaces_nothing(house):
    form = new_id()
    document = await put_in(house.imara, house, form=form)

    with pytest.raises(Conflict):
        await put_in(house.imara, house, files.pdf("another"), form=form)

    assert await read(house.imara, house, document) == LETTER


async def test_a_form_with_the_id_of_anothers_document_keeps_a_document_of_its_own(house):
    form = new_id()
    document = await put_in(house.imara, house, form=form)

    kept = [await put_in(house.bronagh, house, form=known) for known in (form, document)]

    # Threat T-22: whether there is such a document, the answer is the same.
    assert len({document, *kept}) == 3
    assert await read(house.imara, house, document) == LETTER


@pytest.mark.parametrize("fault", [RuntimeError, asyncio.CancelledError])
async def test_an_upload_that_ends_early_leaves_nothing(house, fault):
    with pytest.raises(fault):
        async with uploading.receiving(house.imara, house.room, new_id()) as arrival:
            await arrival.write(LETTER)
            raise fault

    assert stored(house) == []
    assert await names(house.imara, house) == []


async def test_a_commit_that_fails_takes_its_file_with_it(house, monkeypatch):
    async def fail(self):
        await keep(self)
        raise Unavailable

    keep = vault.Incoming.keep
    monkeypatch.setattr(vault.Incoming, "keep", fail)

    with pytest.raises(Unavailable):
        await put_in(house.imara, house)

    assert await names(house.imara, house) == []
    assert stored(house) == []


async def test_somebody_without_a_place_sends_not_a_byte(house):
    with pytest.raises(Refused):
        await put_in(house.saskia, house)

    assert stored(house) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"category": "no_such_thing"}, "category"),
        ({"subjects": frozenset()}, "subjects"),
        ({"purpose": "statistics"}, "purpose"),
        ({"is_for_named_only": True}, "named"),
    ],
)
async def test_a_description_that_is_missing_something_says_what(house, wrong, field):
    with pytest.raises(Invalid) as told:
        await put_in(house.imara, house, described=replace(on(house), **wrong))

    assert list(told.value.faults) == [field]
    assert stored(house) == []


async def test_the_uploader_sees_who_will_read_it_before_she_sends_it(house):
    audience = await uploading.audience(house.imara, house.room, on(house))
    choices = await uploading.choices(house.imara, house.room)

    assert {one.name for one in audience.who} == {
        "Imara Testwell",
        "Bronagh Exampleton",
        "Tamsin Samplewick",
    }
    assert set(choices.people.values()) == {
        "Tamsin Samplewick",
        "Otis Samplewick",
        "Pip Samplewick",
    }
    assert "safeguard" in choices.purposes
    assert house.leona.id in choices.places
    with pytest.raises(Refused):
        await uploading.choices(house.saskia, house.room)


async def test_what_a_dead_server_left_is_cleared_at_the_next_start(house, monkeypatch):
    document = await put_in(house.imara, house)
    place = Place(house.room, DocumentId(new_id()))
    async with writing() as tx:
        left = await vault.begin(tx, place)
    await left.finish()
    assert len(stored(house)) == 2

    assert await uploading.clear_left_behind() == 0
    monkeypatch.setattr(vault, "LEFT_BEHIND_S", -60)
    assert await uploading.clear_left_behind() == 1

    assert await read(house.imara, house, document) == LETTER


async def test_labels_titles_and_the_end_of_a_rooms_documents(house):
    document = await put_in(house.imara, house)
    keeper = DocumentKeeper()

    async with reading() as tx:
        labels = await keeper.labels(tx, house.room)
        titles = await keeper.titles(tx, house.room, [document, new_id()])
    async with writing() as tx:
        await keeper.access_changed(tx, house.room, 7)
        gone = await keeper.dispose(tx, house.room)

    assert [label.thing for label in labels] == [document]
    assert titles == {document: "Review letter.pdf"}
    assert gone == 1
    assert stored(house) == []
    with pytest.raises(Refused):
        await viewing.view_document(house.imara, house.room, document)


async def test_a_full_disk_is_told_and_leaves_nothing(house, monkeypatch):
    def fail(self, plain):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SealingFile, "write", fail)

    with pytest.raises(Unavailable):
        await put_in(house.imara, house)
    assert stored(house) == []


async def test_a_longer_list_asks_no_more_of_the_store(house, database):
    async def add(count: int) -> int:
        for _ in range(count):
            await put_in(house.imara, house, files.pdf())
        with counted(database) as asked:
            await viewing.list_documents(house.imara, house.room)
        return len(asked)

    await add(1)
    assert await add(1) == await add(4)
