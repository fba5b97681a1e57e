"""A document: a file of the room, what it is said to be, and what the room knows about it.

Pure: which types are taken, how a file's name is cleaned, what the form must say.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from policies.facts import Label
from server.kernel.ids import DocumentId, MemberId, RoomId

LONGEST_NAME = 120
LONGEST_ENDING = 5
KILOBYTE = 1000
MEGABYTE = 1000 * KILOBYTE


class FileType(Enum):
    """The types that are taken: what they are called, their content type and their endings."""

    PDF = ("PDF", "application/pdf", (".pdf",))
    PNG = ("PNG picture", "image/png", (".png",))
    JPEG = ("JPEG picture", "image/jpeg", (".jpg", ".jpeg"))
    DOCX = (
        "Word document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
    )

    def __init__(self, words: str, content_type: str, endings: tuple[str, ...]) -> None:
        """Keep the parts under their names."""
        self.words = words
        self.content_type = content_type
        self.endings = endings

    @property
    def shows_in_a_browser(self) -> bool:
        """Tell whether a browser shows it without anybody keeping a copy."""
        return self is not FileType.DOCX


class Scan(StrEnum):
    """Whether the file was looked through for malware. None is yet, and pages say so."""

    NONE = "none"


class How(StrEnum):
    """How somebody opened a document: to look at it here, or to take a copy."""

    LOOKED = "looked"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `name` is opened only for those who may see it; in rows it is sealed."""

    id: DocumentId
    room: RoomId
    label: Label
    name: str
    file_type: FileType
    size_bytes: int
    sha256: bytes
    version: int
    purpose: str
    scan: Scan
    added_by: MemberId
    added_at: datetime

    @property
    def neutral_name(self) -> str:
        """Return the file name a copy is given: it says nothing about anybody.

        Rule: decisions of the partnership on addresses, titles and file names: no name of a
        family, child or topic leaves the room in one.
        """
        return f"document-{self.id.hex[:8]}{self.file_type.endings[0]}"


def clean_name(name: str) -> str:
    """Return a file's name fit to be shown: the last part of a path, one line, not too long.

    A name that is nothing but its ending, or nothing at all, becomes `document`.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    # Marks of direction go too: with one, `exe.docx` is shown for what ends in `xcod.exe`.
    words = " ".join("".join(c if c.isprintable() else " " for c in last).split())
    stem, dot, ending = words.rpartition(".")
    if not dot:
        return words[:LONGEST_NAME] or "document"
    stem = stem.strip(". ")[:LONGEST_NAME].rstrip() or "document"
    return f"{stem}.{ending[:LONGEST_ENDING]}"


def type_by_name(name: str) -> FileType | None:
    """Return the type that a file's ending claims, or None if it is not one that is taken."""
    ending = "." + name.rpartition(".")[2].lower()
    return next((kind for kind in FileType if ending in kind.endings), None)


def readable_size(size_bytes: int) -> str:
    """Return a size in words, rounded up: `1 KB`, `3 MB`."""
    if size_bytes < MEGABYTE:
        return f"{max(1, -(-size_bytes // KILOBYTE))} KB"
    return f"{-(-size_bytes // MEGABYTE)} MB"
