"""Small sound files of each type, made here byte by byte, all of it made up."""

import io
import struct
import zipfile
import zlib

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)


def pdf(words: str = "Made up for the demo", pad: int = 0) -> bytes:
    """A PDF of one page that says `words`, padded with a comment of `pad` bytes."""
    text = f"BT /F1 18 Tf 20 100 Td ({words}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
        b" >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
    ]
    out = bytearray(b"%PDF-1.4\n")
    out += b"%" + b"x" * pad + b"\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(parts) + 1,
        start,
    )
    return bytes(out)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG, its sum right."""
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(width: int = 2, height: int = 2, *, rows: bytes | None = None) -> bytes:
    """A grey PNG; `rows` replaces its picture, so that it may lie about its size."""
    picture = zlib.compress(rows if rows is not None else (b"\0" + b"\x80" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + png_chunk(b"IDAT", picture)
        + png_chunk(b"IEND", b"")
    )


def jpeg_segment(kind: int, content: bytes) -> bytes:
    """One segment of a JPEG."""
    return bytes([0xFF, kind]) + struct.pack(">H", len(content) + 2) + content


def jpeg(width: int = 8, height: int = 8) -> bytes:
    """A JPEG with every part a reader walks through."""
    return (
        b"\xff\xd8"
        + jpeg_segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
        + jpeg_segment(0xDB, b"\0" + b"\x10" * 64)
        + jpeg_segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0")
        + jpeg_segment(0xC4, b"\0" + b"\x01" + b"\0" * 15 + b"\0")
        + jpeg_segment(0xDA, b"\x01\x01\0\0\x3f\0")
        + b"\x2a\x15"
        + b"\xff\xd9"
    )


def docx(
    words: str = "Made up for the demo",
    *,
    also: dict[str, bytes] | None = None,
    listing: str = CONTENT_TYPES,
    main: str = "word/document.xml",
) -> bytes:
    """A Word document of one paragraph, with other parts as wanted."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("[Content_Types].xml", listing)
        zipped.writestr(
            main,
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"<w:body><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:body></w:document>",
        )
        for name, content in (also or {}).items():
            zipped.writestr(name, content)
    return packed.getvalue()
