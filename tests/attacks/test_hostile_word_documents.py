"""Word documents that hold more than words (threat T-11): bombs, programs, and two files in one."""

import io
import struct
import time
import zipfile

import pytest

from documents import word_content
from documents.content import recognise
from server.kernel.errors import Invalid
from tests.fakes import files


def zipped(**members: bytes) -> bytes:
    return files.docx(also={name.replace("__", "/"): content for name, content in members.items()})


def with_lying_size(packed: bytes) -> bytes:
    """A ZIP whose listing says that its last part is small, when it is not."""
    at = packed.rindex(b"PK\x01\x02")
    return packed[: at + 24] + struct.pack("<I", 5) + packed[at + 28 :]


def encrypted(packed: bytes) -> bytes:
    at = packed.rindex(b"PK\x01\x02")
    return packed[: at + 8] + b"\x01\x00" + packed[at + 10 :]


def overlapping() -> bytes:
    """A ZIP whose many names all point at the same bytes."""
    packed = files.docx(also={"word/a.xml": b"\0" * 500_000})
    start = packed.rindex(b"PK\x01\x02")
    end = packed.rindex(b"PK\x05\x06")
    entry = packed[start:end]
    extra = b"".join(entry.replace(b"word/a.xml", b"word/%c.xml" % (98 + n)) for n in range(20))
    count = struct.unpack("<H", packed[end + 10 : end + 12])[0] + 20
    first = struct.unpack("<I", packed[end + 16 : end + 20])[0]
    return (
        packed[:end]
        + extra
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, count, count, end + len(extra) - first, first, 0)
    )


def without_listing() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("META-INF/MANIFEST.MF", "Main-Class: Evil")
    return packed.getvalue()


def with_comment() -> bytes:
    packed = io.BytesIO(files.docx())
    with zipfile.ZipFile(packed, "a") as made:
        made.comment = b"<script>alert(1)</script>"
    return packed.getvalue()


HOSTILE_WORD = {
    "a bomb of one part": zipped(word__bomb=b"\0" * (201 * 1024 * 1024)),
    "a part that is larger than listed": with_lying_size(zipped(word__big=b"\0" * 100_000)),
    "parts over one another": overlapping(),
    "too many parts": files.docx(also={f"word/{n}.xml": b"" for n in range(2001)}),
    "two parts of one name": files.docx(also={"Word/Document.xml": b"other"}),
    "a part outside the file": files.docx(also={"../../etc/cron.d/evil": b"x"}),
    "a part with an absolute place": files.docx(also={"/etc/evil": b"x"}),
    "a macro": files.docx(also={"word/vbaProject.bin": b"x"}),
    "a macro under another name": files.docx(
        listing=files.CONTENT_TYPES.replace("application/xml", "application/x.macroEnabled")
    ),
    "a program": files.docx(also={"word/embeddings/letter.exe": b"MZ"}),
    "a template fetched from elsewhere": files.docx(
        also={
            "word/_rels/settings.xml.rels": b'<Relationship Type="http://x/attachedTemplate"'
            b' Target="https://evil.example/x.dotm" TargetMode="External"/>'
        }
    ),
    "an outside entity": files.docx(
        listing="<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    ),
    "a Java program": without_listing(),
    "a spreadsheet": files.docx(listing=files.CONTENT_TYPES.replace("wordprocessing", "sheet")),
    "no words": files.docx(main="word/other.xml"),
    "a page behind it": files.docx() + b"<html><script>alert(1)</script>",
    "a page before it": b"PK\x03\x04<html>" + files.docx(),
    "a comment": with_comment(),
    "a locked part": encrypted(files.docx()),
    "a very long listing": files.docx(listing=files.CONTENT_TYPES + " " * 1_100_000),
    "cut in its listing": files.docx()[:-30],
}


@pytest.mark.parametrize("what", HOSTILE_WORD)
def test_a_word_document_with_more_than_words_is_refused(what):
    started = time.monotonic()

    with pytest.raises(Invalid):
        recognise(io.BytesIO(HOSTILE_WORD[what]), "note.docx")

    assert time.monotonic() - started < 5


def test_a_bomb_whose_listing_lies_is_stopped_while_it_unpacks(monkeypatch):
    monkeypatch.setattr(word_content, "MOST_UNPACKED", 100_000)
    packed = files.docx(also={"word/a.xml": b"\0" * 300_000})
    at = packed.rindex(b"PK\x01\x02")
    lying = packed[: at + 24] + struct.pack("<I", 90_000) + packed[at + 28 :]

    with pytest.raises(Invalid):
        recognise(io.BytesIO(lying), "note.docx")
