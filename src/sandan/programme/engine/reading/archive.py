"""Zip files of XML from strangers: bounded before they are unpacked, parsed without entities or network."""

from __future__ import annotations

import io
import zipfile
import zlib

from lxml import etree

from sandan.errors import InvalidInput
from sandan.words import Text

LARGEST_PART = 100 * 2**20
"""Bytes of one part of an archive, unpacked."""
MOST_PARTS = 10_000
EXPANSION = 4
"""How many times the size limit of the file all parts together may fill, unpacked."""


class Archive:
    """A zip file whose parts, all together, stay within `limit` bytes unpacked.

    The sizes declared are what counts: `zipfile` reads no more of a part than its declared size, and
    a part that holds more then fails its checksum.
    """

    def __init__(self, name: str, data: bytes, limit: int) -> None:
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise broken(name, str(error)) from error
        parts = self._zip.infolist()
        self.names = [part.filename for part in parts]
        unpacked = sum(part.file_size for part in parts)
        if len(parts) > MOST_PARTS or unpacked > limit or any(p.file_size > LARGEST_PART for p in parts):
            raise InvalidInput.because(
                name,
                Text(
                    f"압축을 풀면 허용된 크기를 넘습니다(파일 {len(parts)}개, {unpacked:,}바이트).",
                    f"unpacked it is larger than allowed ({len(parts)} parts, {unpacked:,} bytes)",
                ),
                Text("그림을 빼거나 문서를 나누어 저장하십시오.", "leave out pictures or split the document"),
            )
        if any(part.flag_bits & 1 for part in parts):
            raise locked(name)

    def read(self, part: str) -> bytes:
        """The bytes of one part; `InvalidInput` when it is damaged or is not there."""
        try:
            return self._zip.read(part)
        except KeyError as error:
            raise broken(self.name, f"{part} is missing") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise broken(self.name, str(error)) from error

    def xml(self, part: str) -> etree._Element:
        """The root of one part."""
        return parse_xml(f"{self.name}: {part}", self.read(part))


def parse_xml(where: str, data: bytes) -> etree._Element:
    """The root of an XML text that declares no types of its own: no entity, no file, no network."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise broken(where, str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidInput.because(
            where,
            Text("XML에 문서 형식 선언(DTD)이 있습니다.", "the XML has a document type declaration"),
            Text("한글이나 엑셀에서 다시 저장하십시오.", "save it again in the program it was made with"),
        )
    return root


def broken(where: str, detail: str) -> InvalidInput:
    """The refusal of a file that its own program could not open either."""
    return InvalidInput.because(
        where,
        Text(f"파일이 손상되었습니다({detail}).", f"the file is damaged ({detail})"),
        Text("원본을 다시 저장하여 올리십시오.", "save the original again and upload that"),
    )


def locked(where: str) -> InvalidInput:
    """The refusal of a file that asks for a password."""
    return InvalidInput.because(
        where,
        Text("암호가 걸린 파일입니다.", "the file is protected by a password"),
        Text("암호를 풀어 저장한 뒤 올리십시오.", "save it without the password"),
    )
