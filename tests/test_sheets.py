"""Files that pass through a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from sandan.errors import InvalidInput
from sandan.sheets import decode, inert, sheet_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_file_is_read_as_korean_offices_save_it(encoding):
    """UTF-8 with or without its mark, CP949, and UTF-16 with its mark."""
    assert decode("이름,값\n가스,3\n".encode(encoding)) == "이름,값\n가스,3\n"


def test_what_is_no_text_is_said_by_name():
    """A spreadsheet file, a web page, a file too long, and letters of no known encoding, by line."""
    for data, said in (
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"<html><table>", "web page"),
        (b"a" * 11, "too large"),
        (b"a,b\n\xff\xff\xff", "neither"),
    ):
        with pytest.raises(InvalidInput) as raised:
            decode(data, 10 if len(data) == 11 else None)
        assert said in raised.value.findings[0].problem.en
        if said == "neither":
            assert "line 2" in raised.value.findings[0].where


def test_nothing_that_is_written_computes():
    """Text that begins like a formula has an apostrophe; numbers are as they are, None is empty."""
    text = sheet_text([["=SUM(A1)", "@cmd", -3, None, "가"]])
    assert next(csv.reader(io.StringIO(text.lstrip("\ufeff")))) == ["'=SUM(A1)", "'@cmd", "-3", "", "가"]
    assert inert("-1+2") == "'-1+2"
