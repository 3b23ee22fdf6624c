"""Photos lose what they say about who took them, and nothing of the picture."""

import struct
import zlib

import pytest

from sandan.control.engine.pictures import plain_picture

WHERE = b"37.1234N 127.5678E"


def segment(marker, body):
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def exif(orientation=6):
    """An EXIF segment with an orientation and, behind it, a place."""
    tiff = b"II*\0" + struct.pack("<IH", 8, 2)
    tiff += struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack("<HHII", 0x8825, 4, 1, 38)
    return segment(0xE1, b"Exif\0\0" + tiff + b"\0\0\0\0" + WHERE)


FRAME = segment(0xC0, b"\x08\0\x01\0\x01\x01\x01\x11\0")
SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
SCAN_2 = segment(0xDA, b"\x01\x01\0\x01\x3f\0") + b"\x78"
JFIF = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
SECOND = b"\xff\xd8" + exif() + FRAME + SCAN + b"\xff\xd9"


def test_of_a_jpeg_only_the_picture_and_its_orientation_are_left():
    """Place, camera, comments and a second image behind the first are cut; both scans stay."""
    xmp, maker, comment = (segment(m, WHERE) for m in (0xE1, 0xED, 0xFE))
    given = b"\xff\xd8" + JFIF + exif() + xmp + maker + comment + FRAME + SCAN + SCAN_2 + b"\xff\xd9" + SECOND
    kind, plain = plain_picture(given)
    assert kind == "image/jpeg"
    assert WHERE not in plain
    turned = segment(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0))
    assert plain == b"\xff\xd8" + JFIF + turned + FRAME + SCAN + SCAN_2 + b"\xff\xd9"
    assert plain_picture(plain) == (kind, plain)


def chunk(kind, body):
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0")
DRAWN = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def test_of_a_png_only_the_drawing_chunks_are_left():
    """Texts, EXIF, the time and whatever follows the end are cut."""
    given = PNG + chunk(b"tEXt", WHERE) + chunk(b"eXIf", WHERE) + chunk(b"tIME", b"\0" * 7) + DRAWN + WHERE
    assert plain_picture(given) == ("image/png", PNG + DRAWN)


def riff(*chunks):
    """A WebP of these chunks."""
    body = b"WEBP" + b"".join(k + struct.pack("<I", len(b)) + b + b"\0" * (len(b) % 2) for k, b in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_of_a_webp_exif_and_xmp_go_with_their_flags():
    """The picture and its colours stay, and the header no longer promises what is gone."""
    drawn, colours = (b"VP8 ", b"picture"), (b"ICCP", b"icc")
    size = b"\0" * 9
    given = riff((b"VP8X", b"\x2c" + size), colours, drawn, (b"EXIF", WHERE), (b"XMP ", WHERE)) + WHERE
    assert plain_picture(given) == ("image/webp", riff((b"VP8X", b"\x20" + size), colours, drawn))


@pytest.mark.parametrize(
    "given",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"GIF89a", b"\xff\xd8\xff",
        b"\xff\xd8" + exif() + b"\xff\xd9", b"\xff\xd8" + FRAME + SCAN, PNG, PNG + DRAWN[:9],
        riff((b"EXIF", WHERE)), riff((b"VP8 ", b"picture"))[:-4], b"\xff\xd8" + segment(0xE1, b"x")[:-3],
    ],
)  # fmt: skip
def test_what_is_no_whole_picture_is_refused(given):
    """Other kinds of file, pictures cut short, and metadata without a picture."""
    assert plain_picture(given) is None


def test_an_exif_that_cannot_be_read_is_left_out():
    """A picture is not refused for its metadata."""
    broken = segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert plain_picture(b"\xff\xd8" + broken + FRAME + SCAN + b"\xff\xd9") == (
        "image/jpeg",
        b"\xff\xd8" + FRAME + SCAN + b"\xff\xd9",
    )
