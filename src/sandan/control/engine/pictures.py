"""A photo without what it says about who took it: place, time, camera, comments, whatever hides after it.

Nothing is decoded: the file is walked part by part and only the parts that make the picture are kept. Of a
JPEG's EXIF the orientation alone survives, or phones' photos would lie on their side.
Sources: ITU-T T.81 (JPEG), Exif 2.32, W3C PNG, RFC 9649 (WebP).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT cICP".split()
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_SAYS = 0x08 | 0x04
"""Flags of VP8X that promise EXIF and XMP."""
_EOI, _SOS, _COM, _APP0, _APP1, _APP2, _ADOBE = 0xD9, 0xDA, 0xFE, 0xE0, 0xE1, 0xE2, 0xEE
_APPS = range(0xE0, 0xF0)
_RESTARTS = frozenset(range(0xD0, 0xD8))
_ORIENTATION = 0x0112


def plain_picture(content: bytes) -> tuple[str, bytes] | None:
    """Media type and bytes of a JPEG, PNG or WebP without its metadata; None for anything else.

    By its first bytes, whatever it was called; None also for one whose parts do not fit together.
    """
    try:
        if content.startswith(b"\xff\xd8\xff"):
            return "image/jpeg", _jpeg(content)
        if content.startswith(_PNG):
            return "image/png", _png(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return "image/webp", _webp(content)
    except (ValueError, IndexError, struct.error):
        return None
    return None


def _jpeg(content: bytes) -> bytes:
    kept, scans = [content[:2]], 0
    for marker, body, scan in _segments(content):
        if marker == _APP1:
            turned = _orientation(body)
            body = b"" if turned is None else _only_orientation(turned)
        elif marker == _COM or (marker in _APPS and not _draws(marker, body)):
            body = b""
        if body or not (marker in _APPS or marker == _COM):
            kept.append(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + scan)
        scans += marker == _SOS
    if not scans:
        raise ValueError("no picture in it")
    return b"".join(kept) + b"\xff\xd9"


def _segments(content: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Marker, body and (of a scan) the coded data of each segment up to the end of the first image."""
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("no marker where one belongs")
        while content[at] == 0xFF:
            at += 1
        marker = content[at]
        if marker == _EOI:
            return
        (size,) = struct.unpack_from(">H", content, at + 1)
        start, end = at + 3, at + 1 + size
        if size < 2 or end > len(content):
            raise ValueError("a segment is cut short")
        at = _end_of_scan(content, end) if marker == _SOS else end
        yield marker, content[start:end], content[end:at]


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next marker is that is neither a stuffed byte nor a restart."""
    while True:
        at = content.index(b"\xff", at)
        follows = content[at + 1]
        if follows != 0 and follows != 0xFF and follows not in _RESTARTS:
            return at
        at += 1 if follows == 0xFF else 2


def _draws(marker: int, body: bytes) -> bool:
    """Whether an application segment changes how the picture looks: density, colours."""
    return (
        (marker == _APP0 and body.startswith(b"JFIF\0"))
        or (marker == _APP2 and body.startswith(b"ICC_PROFILE\0"))
        or (marker == _ADOBE and body.startswith(b"Adobe"))
    )


def _orientation(body: bytes) -> int | None:
    """Which way up, of 1 to 8; None where the segment does not say."""
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if not body.startswith(b"Exif\0\0") or order is None:
        return None
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for entry in range(first + 2, first + 2 + 12 * count, 12):
            tag, _type, _count, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == _ORIENTATION and 1 <= value <= 8:
                return int(value)
    except struct.error:
        return None  # an EXIF that cannot be read is left out, and the picture stays
    return None


def _only_orientation(value: int) -> bytes:
    return b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, value, 0, 0)


def _png(content: bytes) -> bytes:
    kept, at, drawn = [_PNG], len(_PNG), False
    while True:
        (size,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + size
        if end > len(content):
            raise ValueError("a chunk is cut short")
        if kind in _PNG_KEPT:
            kept.append(content[at:end])
        drawn = drawn or kind == b"IDAT"
        at = end
        if kind == b"IEND":
            break
    if not drawn:
        raise ValueError("no picture in it")
    return b"".join(kept)


def _webp(content: bytes) -> bytes:
    (whole,) = struct.unpack_from("<I", content, 4)
    if whole + 8 > len(content):
        raise ValueError("the file is cut short")
    kept, at, drawn = [b"WEBP"], 12, False
    while at < whole + 8:
        kind, (size,) = content[at : at + 4], struct.unpack_from("<I", content, at + 4)
        end = at + 8 + size + size % 2
        if at + 8 + size > len(content):
            raise ValueError("a chunk is cut short")
        chunk = content[at:end]
        if kind == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_SAYS]) + chunk[9:]
        if kind in _WEBP_KEPT:
            kept.append(chunk)
        drawn = drawn or kind in (b"VP8 ", b"VP8L", b"ANMF")
        at = end
    if not drawn:
        raise ValueError("no picture in it")
    body = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
