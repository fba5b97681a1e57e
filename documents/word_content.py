"""Whether a file is a Word document and nothing else: a ZIP whose every part is looked at.

Each part is unpacked to be counted and proved, and thrown away at once: what a directory says
of sizes is a claim too. Programs inside a document (macros, embedded objects, templates
fetched from elsewhere) are refused.

Rule: ADR-0010; ECMA-376 part 2 (Open Packaging Conventions).
"""

import re
import struct
import zipfile
import zlib
from typing import IO

from documents.picture_content import Unsound, size_of

MOST_MEMBERS = 2_000
MOST_UNPACKED = 200 * 1024 * 1024
LONGEST_LISTING = 1024 * 1024
READ_AT_ONCE = 256 * 1024
END_RECORD = 22

CONTENT_TYPES = "[Content_Types].xml"
MAIN_PART = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_PROGRAMS = (".bin", ".exe", ".dll", ".js", ".vbs", ".lnk", ".hta", ".jar", ".ps1", ".bat")
_FETCHED = re.compile(rb'attachedTemplate"[^>]*Target="\s*(https?:|\\\\|file://\w)', re.IGNORECASE)

_NOT_SOUND = (
    zipfile.BadZipFile,
    zlib.error,  # bytes that do not unpack
    struct.error,  # a header cut short
    NotImplementedError,  # zipfile's word for a packing, version or encryption it does not know
    EOFError,  # a part cut short
    ValueError,  # a place outside the file
    KeyError,  # a listed part that is not there
)
"""All the ways in which zipfile says that a ZIP is not sound, or is none it can read."""


def look_at_docx(file: IO[bytes]) -> None:
    """Look at every part of a Word document.

    Raises:
        Unsound: it is not one sound Word document from its first byte to its last.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            if not (
                _fills_the_file(file, packed)
                and _has_sound_listing(file, packed)
                and _unpacks_as_listed(packed)
                and _is_word(packed)
            ):
                raise Unsound
    except _NOT_SOUND as fault:
        raise Unsound from fault


def _fills_the_file(file: IO[bytes], packed: zipfile.ZipFile) -> bool:
    # Threat T-11: one file that is a Word document to one reader and a page or program to another.
    size = size_of(file)
    file.seek(max(0, size - END_RECORD))
    ends_at_the_end = file.read(4) == b"PK\x05\x06"
    starts = [member.header_offset for member in packed.infolist()]
    return ends_at_the_end and not packed.comment and bool(starts) and min(starts) == 0


def _has_sound_listing(file: IO[bytes], packed: zipfile.ZipFile) -> bool:
    members = packed.infolist()
    names = [member.filename for member in members]
    return (
        len(members) <= MOST_MEMBERS
        and len({name.lower() for name in names}) == len(names)
        and all(_is_sound_name(name) for name in names)
        and all(member.compress_type in _METHODS for member in members)
        and not any(member.flag_bits & _ENCRYPTED for member in members)
        # Threat T-11: a ZIP bomb, nested or overlapping: more packed bytes than the file has.
        and sum(member.file_size for member in members) <= MOST_UNPACKED
        and sum(member.compress_size for member in members) <= size_of(file)
    )


def _is_sound_name(name: str) -> bool:
    return (
        name.isprintable()
        and not name.startswith("/")
        and "\\" not in name
        and ".." not in name.split("/")
        and not name.lower().endswith(_PROGRAMS)
    )


def _unpacks_as_listed(packed: zipfile.ZipFile) -> bool:
    unpacked = 0
    for member in packed.infolist():
        with packed.open(member) as part:
            while piece := part.read(READ_AT_ONCE):
                unpacked += len(piece)
                if unpacked > MOST_UNPACKED:
                    return False
    return True


def _is_word(packed: zipfile.ZipFile) -> bool:
    if packed.getinfo(CONTENT_TYPES).file_size > LONGEST_LISTING:
        return False
    listing = packed.read(CONTENT_TYPES)
    names = set(packed.namelist())
    settings = "word/_rels/settings.xml.rels"
    return (
        MAIN_PART in listing
        and b"macroEnabled" not in listing
        and b"<!DOCTYPE" not in listing
        and "word/document.xml" in names
        and not (settings in names and _FETCHED.search(packed.read(settings)))
    )
