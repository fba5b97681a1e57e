"""Files that are what they say, and those that are nearly."""

import io

import pytest

from documents.content import BROKEN, EMPTY, WRONG_TYPE, recognise
from documents.document import FileType, clean_name, readable_size, type_by_name
from server.kernel.errors import Invalid
from tests.fakes import files


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("letter.pdf", files.pdf(), FileType.PDF),
        ("LETTER.PDF", files.pdf(pad=9000), FileType.PDF),
        ("damp.png", files.png(), FileType.PNG),
        ("damp.jpg", files.jpeg(), FileType.JPEG),
        ("damp.jpeg", files.jpeg() + b"\0\0", FileType.JPEG),
        ("note.docx", files.docx(), FileType.DOCX),
        ("note.docx", files.docx(also={"word/media/a.png": files.png()}), FileType.DOCX),
    ],
)
def test_a_sound_file_is_recognised(name, content, kind):
    assert recognise(io.BytesIO(content), name) is kind


def sentence_of(content: bytes, name: str) -> str:
    with pytest.raises(Invalid) as told:
        recognise(io.BytesIO(content), name)
    return told.value.faults["file"]


def test_an_empty_file_is_refused():
    assert sentence_of(b"", "letter.pdf") == EMPTY


@pytest.mark.parametrize("name", ["letter.txt", "letter", "letter.pdf.exe", "letter.docm", ""])
def test_a_type_that_is_not_taken_is_refused_with_those_that_are(name):
    assert sentence_of(files.pdf(), name) == WRONG_TYPE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("letter.pdf", files.png()),
        ("damp.png", files.pdf()),
        ("damp.jpg", files.docx()),
        ("note.docx", files.pdf()),
        ("letter.pdf", b"MZ" + b"\0" * 200),
        ("letter.pdf", b"just words"),
        ("letter.pdf", b"<html><script>alert(1)</script>" + files.pdf()),
        ("damp.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name, content):
    assert sentence_of(content, name).startswith("The name says the file is a ")


@pytest.mark.parametrize(
    ("name", "whole"),
    [
        ("letter.pdf", files.pdf()),
        ("damp.png", files.png()),
        ("damp.jpg", files.jpeg()),
        ("note.docx", files.docx()),
    ],
)
def test_a_file_cut_off_anywhere_is_refused(name, whole):
    for length in range(1, len(whole) - 1, max(1, len(whole) // 40)):
        with pytest.raises(Invalid):
            recognise(io.BytesIO(whole[:length]), name)


@pytest.mark.parametrize(
    "content",
    [
        files.pdf() + b"<script>alert(1)</script>",
        files.pdf().replace(b"%PDF-1.4", b"%PDF-9.9"),
        files.pdf().replace(b"startxref", b"endxref  "),
    ],
)
def test_a_pdf_that_does_not_begin_and_end_as_one_is_refused(content):
    assert sentence_of(content, "letter.pdf") == BROKEN


@pytest.mark.parametrize(
    "content",
    [
        files.png(0, 2),
        files.png(60_000, 60_000, rows=b"\0"),
        files.png() + b"PK\x03\x04",
        files.png().replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n" + files.png_chunk(b"IHDR", b"\0" * 4),
        files.png()[:33] + files.png_chunk(b"IEND", b""),
        files.png()[:8] + files.png_chunk(b"tEXt", b"12345678") + files.png()[8:],
    ],
)
def test_a_png_that_is_more_or_less_than_a_picture_is_refused(content):
    assert sentence_of(content, "damp.png") == BROKEN


@pytest.mark.parametrize(
    "content",
    [
        files.jpeg(0, 8),
        files.jpeg() + files.docx(),
        files.jpeg()[:2] + b"\xff\xe0\0\0" + files.jpeg()[2:],
        files.jpeg()[:2] + b"\xff\xd0" + files.jpeg()[2:],
        files.jpeg()[:20] + b"\x00\x00\x00\x08" + files.jpeg()[20:],
        files.jpeg()[:2] + b"\xff\xe0\0\x03\0\xff\xda\0\x02\xff\xd9",
    ],
)
def test_a_jpeg_that_is_more_or_less_than_a_picture_is_refused(content):
    assert sentence_of(content, "damp.jpg") == BROKEN


def test_padded_markers_of_a_jpeg_are_walked_over():
    padded = files.jpeg()[:2] + b"\xff\xff" + files.jpeg()[2:]

    assert recognise(io.BytesIO(padded), "damp.jpg") is FileType.JPEG


def test_a_jpeg_of_endless_segments_is_given_up():
    endless = b"\xff\xd8" + files.jpeg_segment(0xE0, b"") * 100_001 + files.jpeg()[2:]

    assert sentence_of(endless, "damp.jpg") == BROKEN


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Review letter.pdf", "Review letter.pdf"),
        ("C:\\Users\\imara\\review.pdf", "review.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("re\r\nview\x00.pdf", "re view.pdf"),
        ("fdp.\u202eexe.docx", "fdp. exe.docx"),
        ("   .pdf", "document.pdf"),
        ("", "document"),
        ("letter", "letter"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
        ("Überblick für Ågot.pdf", "Überblick für Ågot.pdf"),
    ],
)
def test_a_name_is_cleaned_before_it_is_shown(name, shown):
    assert clean_name(name) == shown


def test_the_ending_tells_the_claimed_type():
    assert type_by_name("a.JPEG") is FileType.JPEG
    assert type_by_name("a") is None


def test_sizes_are_rounded_up():
    assert [readable_size(size) for size in (1, 2000, 2001, 50_000_000)] == [
        "1 KB",
        "2 KB",
        "3 KB",
        "50 MB",
    ]
