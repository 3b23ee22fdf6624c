"""Leaving people out: names and telephone numbers go, departments and titles stay.

A name is never known by itself; it is the word beside a title or a telephone. A title that is also an
everyday word (시장: mayor and market) needs a word that could well be a given name; a telephone next to it
needs no such proof.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sandan.tables import read_table

_PACKAGE = "sandan.programme.engine.reading"
_EMAIL = r"(?<![A-Za-z0-9_.+\-])[A-Za-z0-9_.+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}"
_PHONE_WORD = (
    r"(?:(?<![가-힣])(?:직통|내선|대표)?\s?전화(?:번호)?|(?<![가-힣])(?:연락처|내선|팩스)"
    r"|(?<![A-Za-z])(?:TEL|FAX|T|F)(?=[.:)\s☎]))"
)
_PHONE_MARK = rf"(?:[☎☏✆📞🕿℡]|{_PHONE_WORD})"
_AREA = r"\(?0\d{1,2}\s?[)\-.)∙·]\s?\d{3,4}\s?[-.∙~]\s?\d{4}"
_LOCAL = r"(?!(?:19|20)\d\d\s?-\s?(?:19|20)\d\d)\d{3,4}\s?-\s?\d{4}"
_MOBILE = r"01[016789]\d{7,8}"
_AGENCY = r"1[568]\d\d-\d{4}"
_END = r"(?![\d,%]|\.\d|-\d|\s?[년월일명개건억만원회대부~∼])"
_BEFORE = r"(?<![\d.,\-])"
_MORE = rf"(?:\s?[~∼,/]\s?(?:{_LOCAL}|\d{{1,4}})(?![\d,년.]))*"
_MARKED = re.compile(
    rf"(?:[☎☏✆📞🕿℡]\s*[.:)]?\s*(?:{_AREA}|{_LOCAL}|\d{{3,5}})(?!\d)"
    rf"|{_PHONE_WORD}\s*[.:)]?\s*(?:{_AREA}|{_LOCAL}|\d{{3,5}}{_END})){_MORE}",
    re.IGNORECASE,
)
_FREE = re.compile(rf"{_BEFORE}(?:{_AREA}|{_MOBILE}|{_AGENCY})(?!\d)")
_BARE = re.compile(rf"{_BEFORE}{_LOCAL}{_END}")
_MAIL = re.compile(_EMAIL)
_EXTENSION = re.compile(rf"(?P<gap>[ \t,:]*)(?P<number>\d{{4}}){_END}(?!\s?[.\-])")
_PHONE_NEXT = re.compile(rf"[\s,:(]*(?:{_PHONE_MARK}|{_AREA}|{_LOCAL}{_END})", re.IGNORECASE)
_DEPARTMENT = re.compile(
    r"(?:과|팀|실|부|청|처|회|국|센터|소|단|당|체|별|측|적|용|형|률|력|망|업|사|법|안|률)$"
)
_OFFICE = re.compile(r"(?:과|팀|실|부|청|처|회|별|체|측|적|률|력|망|업|법)$")
_PARTICLE = r"(?:은|는|이|가|을|를|의|와|과|도|께서|에게|으로|로)?"
_WORD_END = r"(?![가-힣A-Za-z0-9])"
_ALWAYS_SURNAMES = "김박"
"""Hardly an everyday word of two syllables begins with these."""
_PARTICLES = "은는이가의와과도로"
_SEPARATOR = re.compile(r"\s*[,·ㆍ/]")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The words by which people are found."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    near_phone: re.Pattern[str]
    next_name: re.Pattern[str]
    titles: tuple[str, ...]
    unsure: frozenset[str]
    given: frozenset[str]
    words: frozenset[str]


def strip_people(text: str) -> tuple[str, int]:
    """The text without names of people, telephone numbers and e-mail addresses, and how many went.

    A tab in `text` parts the cells of a table, and stays; give a row whole, since a name is known by
    the title or the telephone in the cell beside it. All other text stays as it is.
    """
    spans = _names(text)
    named = bool(spans)
    numbers = [m.span() for pattern in (_MARKED, _FREE, _MAIL) for m in pattern.finditer(text)]
    if named or numbers:
        numbers += [m.span() for m in _BARE.finditer(text)]
    for _, end in spans:
        found = _EXTENSION.match(text, end)
        # After a tab four digits that could be a year are one: the next column of the table.
        if found and not ("\t" in found["gap"] and _YEAR.fullmatch(found["number"])):
            numbers.append(found.span("number"))
    cuts = _merge(spans + numbers)
    return (_cut(text, cuts), len(cuts)) if cuts else (text, 0)


def _names(text: str) -> list[tuple[int, int]]:
    known = _vocabulary()
    spans: list[tuple[int, int]] = []
    for found in known.before.finditer(text):
        if _is_person(found["name"], found["title"], text, found.end("name")):
            spans.append(found.span("name"))
            spans += _more_names(text, found.end("name"))
    for found in known.after.finditer(text):
        name, title = found["name"], found["title"].replace(" ", "")
        twice = name[-1] == title[0] or (title.startswith("부") and name[-1] == title[1:2])
        if not twice and not _OFFICE.search(name) and _is_person(name, title, text, found.end()):
            spans.append(found.span("name"))
    for found in known.near_phone.finditer(text):
        name = _clean(found["name"])
        if _DEPARTMENT.search(name) or name in known.words or name.endswith(known.titles):
            continue
        if _PHONE_NEXT.match(text, found.end()):
            spans.append(found.span("name"))
    return _merge(spans)


def _more_names(text: str, at: int) -> list[tuple[int, int]]:
    """The names after the first in '과장 홍길동, 홍길동'."""
    spans = []
    while found := _vocabulary().next_name.match(text, at):
        name = found["name"]
        known = _vocabulary()
        if _DEPARTMENT.search(name) or name.endswith(known.titles) or name in known.words:
            break
        if not _could_be_given(name):
            break
        spans.append(found.span("name"))
        at = found.end("name")
    return spans


def _is_person(name: str, title: str, text: str, end: int) -> bool:
    known = _vocabulary()
    bare = _clean(name)
    if (
        bare.endswith(known.titles)
        or bare in known.words
        or (bare[-1] in _PARTICLES and bare[:-1] in known.words)
    ):
        return False
    if _PHONE_NEXT.match(text, end) and not _OFFICE.search(bare):
        return True
    if len(bare) == 2:
        return bare[0] in _ALWAYS_SURNAMES and title not in known.unsure and _could_be_given(bare)
    if len(bare) == 4 and bare[:2] not in _double_surnames():
        return False
    if re.sub(r"\s", "", title) in known.unsure:
        return _could_be_given(bare) and not _DEPARTMENT.search(bare)
    return _could_be_given(bare)


def _could_be_given(name: str) -> bool:
    given = name[2:] if name[:2] in _double_surnames() and len(name) > 3 else name[1:]
    return all(syllable in _vocabulary().given for syllable in given)


def _clean(name: str) -> str:
    return name.replace(" ", "")


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged


def _cut(text: str, cuts: list[tuple[int, int]]) -> str:
    """The text without the cuts, one space beside each, and brackets that held nothing else."""
    kept, at = "", 0
    for begin, end in cuts:
        kept += text[at:begin]
        at = end
        bare = kept.rstrip(" ")
        if bare and not bare.endswith("\t"):
            kept = bare
        else:
            at += len(text) - at - len(text[at:].lstrip(" "))
        if kept.endswith(("(", ",", ":")):
            separator = _SEPARATOR.match(text, at)
            at = separator.end() if separator else at
        if kept.endswith("(") and text[at : at + 1] == ")":
            kept, at = kept[:-1].rstrip(" "), at + 1
    return kept + text[at:]


@cache
def _lines(name: str) -> tuple[tuple[str, ...], ...]:
    text = files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")
    return tuple(tuple(line.split()) for line in text.splitlines() if line.strip())


@cache
def _double_surnames() -> frozenset[str]:
    return frozenset(_lines("surnames.txt")[1])


@cache
def _vocabulary() -> _Vocabulary:
    single, double = _lines("surnames.txt")
    surname = f"(?:{'|'.join(double)}|[{''.join(single)}])"
    name = rf"{surname}[가-힣]{{1,2}}"
    spread = rf"{surname} [가-힣] [가-힣]"
    titles = {row["title"]: row["certain"] == "yes" for row in read_table(__name__, "titles.csv")}
    ordered = sorted(titles, key=len, reverse=True)
    # '담 당 자' is how a narrow column prints a title.
    spaced = [rf"(?<![가-힣])(?<![가-힣] ){' '.join(title)}" for title in ordered if len(title) > 1]
    title = "|".join([*ordered, *spaced])
    numbered = r"(?:제\s?\d\s?)?"
    return _Vocabulary(
        before=re.compile(
            rf"(?P<title>{title})(?:\s?(?:직무대리|권한대행))?"
            rf"(?:[ \t]*[:：(][ \t]*|[ ]+|[ ]*\t[\s•·∙○\-]*)(?P<name>{spread}|{name}){_PARTICLE}{_WORD_END}"
        ),
        after=re.compile(
            rf"(?<![가-힣A-Za-z0-9])(?P<name>{spread}|{surname}[가-힣]{{2}})(?:[ ]+|[ ]*\t[ ]*){numbered}"
            rf"(?P<title>{title}){_PARTICLE}{_WORD_END}"
        ),
        near_phone=re.compile(rf"(?<![가-힣A-Za-z0-9])(?P<name>{spread}|{surname}[가-힣]{{2}}){_WORD_END}"),
        next_name=re.compile(rf"\s*[,·ㆍ/]\s*(?P<name>{surname}[가-힣]{{2}}){_WORD_END}"),
        titles=tuple(ordered),
        unsure=frozenset(title for title, certain in titles.items() if not certain),
        given=frozenset(syllable for line in _lines("given_syllables.txt") for syllable in line),
        words=frozenset(word for line in _lines("not_names.txt") for word in line),
    )
