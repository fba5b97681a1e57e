"""Small true files for the demo: a PDF, a Word file and a picture, all marked as made up."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from xml.sax.saxutils import escape

FOOT = "Made up for the demo"
_LINE_HEIGHT = 18
_TOP = 780


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """Return a one-page PDF with a title, some lines and the demo's foot."""
    shown = [_pdf_line(title, 16, _TOP)]
    for number, line in enumerate(lines, start=2):
        shown.append(_pdf_line(line, 11, _TOP - number * _LINE_HEIGHT))
    shown.append(_pdf_line(FOOT, 9, 40))
    content = "\n".join(shown).encode("latin-1", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    written = io.BytesIO()
    written.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(written.tell())
        written.write(b"%d 0 obj\n%s\nendobj\n" % (number, part))
    table = written.tell()
    written.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    for place in places:
        written.write(b"%010d 00000 n \n" % place)
    written.write(
        b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, table)
    )
    return written.getvalue()


def _pdf_line(words: str, size: int, height: int) -> str:
    safe = words.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 {size} Tf 60 {height} Td ({safe}) Tj ET"


_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
_WORDS_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(title: str, lines: Sequence[str]) -> bytes:
    """Return a small Word file with a title, some lines and the demo's foot."""
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>'
        for line in (title, *lines, FOOT)
    )
    document = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:document xmlns:w="{_WORDS_NAMESPACE}"><w:body>{paragraphs}</w:body></w:document>'
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", _CONTENT_TYPES)
        packed.writestr("_rels/.rels", _RELATIONS)
        packed.writestr("word/document.xml", document)
    return written.getvalue()


def picture(width: int = 320, height: int = 200) -> bytes:
    """Return a PNG of a grey wall with a darker patch: the damp of the demo's front room."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            damp = (x - width * 0.65) ** 2 / 9000 + (y - height * 0.7) ** 2 / 3600 < 1
            shade = 150 if damp else 205
            rows += bytes((shade, shade, shade - 10))

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + chunk(b"IEND", b"")
    )
