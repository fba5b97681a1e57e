"""What a file really is. Its name is a claim; here its bytes are asked.

Two looks must agree with the name's ending: puremagic's tables, and our own look at the shape
of the whole file from its first byte to its last. What is unknown is refused. Nothing is
believed, opened or run; a file is read through its seal, so no clear copy lies anywhere.

Rule: ADR-0010; OWASP ASVS 5.0 chapter 5 (file handling).
"""

import re
from collections.abc import Callable
from typing import IO

import puremagic

from documents.document import FileType, type_by_name
from documents.picture_content import Unsound, look_at_jpeg, look_at_png, size_of, up_to
from documents.word_content import look_at_docx
from server.kernel.errors import Invalid

HEAD = 4096
TAIL = 2048
PDF_MARK = re.compile(rb"%PDF-[12]\.\d[\r\n\x20]")
PDF_END = b"%%EOF"
BLANK = b"\x00\t\n\f\r "

FIELD = "file"
WRONG_TYPE = "The file must be a PDF, a Word document (.docx), or a PNG or JPEG picture."
EMPTY = "The file is empty. Choose another file."
BROKEN = (
    "The file is damaged, was cut off, or holds something that cannot be taken. "
    "Open it to check, save it again, and choose it again."
)


def recognise(file: IO[bytes], name: str) -> FileType:
    """Return what the file is, once its name, its first bytes and its whole shape agree.

    Raises:
        Invalid: they do not; the sentence says what to do.
    """
    head = up_to(file, 0, HEAD)
    if not head:
        raise Invalid({FIELD: EMPTY})
    claimed = type_by_name(name)
    if claimed is None:
        raise Invalid({FIELD: WRONG_TYPE})
    # Threat T-11: a program or a page under the name of a letter.
    if claimed not in _types_by_head(head):
        raise Invalid(
            {FIELD: f"The name says the file is a {claimed.words}, but it is not. {WRONG_TYPE}"}
        )
    try:
        _LOOKS[claimed](file)
    except Unsound as fault:
        raise Invalid({FIELD: BROKEN}) from fault
    return claimed


def _types_by_head(head: bytes) -> set[FileType]:
    try:
        endings = {match.extension.lower() for match in puremagic.magic_string(head)}
    except puremagic.PureError:
        return set()
    return {kind for kind in FileType if endings & set(kind.endings)}


def look_at_pdf(file: IO[bytes]) -> None:
    """Look at both ends of a PDF.

    Raises:
        Unsound: it does not begin and end as one, at its very first and last words.
    """
    # `<html>%PDF` is a page to some readers, and what follows the end may be a program.
    body, mark, after = up_to(file, max(0, size_of(file) - TAIL), TAIL).rpartition(PDF_END)
    if not (
        PDF_MARK.match(up_to(file, 0, HEAD))
        and mark
        and b"startxref" in body
        and not after.strip(BLANK)
    ):
        raise Unsound


_LOOKS: dict[FileType, Callable[[IO[bytes]], None]] = {
    FileType.PDF: look_at_pdf,
    FileType.PNG: look_at_png,
    FileType.JPEG: look_at_jpeg,
    FileType.DOCX: look_at_docx,
}
