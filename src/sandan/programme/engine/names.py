"""One word for one thing: measures and regions as different places of a document call them."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from sandan.tables import read_table

_NOISE = re.compile(r"[\s·ㆍ,.()\[\]「」『』'\"‘’“”*:\-_/]+")
_TITLE_NOISE = re.compile(r"구축|조성|추진|사업|운영|설립|건립|지원|및|활성화|신규|단계")


@cache
def _measures() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(row["pattern"]), row["measure"]) for row in read_table(__name__, "measures.csv"))


@lru_cache(maxsize=65_536)
def measure_name(measure: str) -> str:
    """The one name of a measure: 생산, 생산액 증대 and 생산액 증가 are all 생산액.

    >>> measure_name("생산액 증가") == measure_name("생산 증대"), measure_name("신규일자리 창출")
    (True, '일자리')
    """
    plain = _NOISE.sub("", measure)
    for pattern, name in _measures():
        if pattern.search(plain):
            return name
    return plain


@cache
def _regions() -> tuple[tuple[str, str], ...]:
    pairs = [
        (word, row["region"])
        for row in read_table(__name__, "regions.csv")
        for word in row["names"].split("|")
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@lru_cache(maxsize=4_096)
def region_in(text: str) -> str | None:
    """The one province or metropolitan city a heading names; None for none or several.

    >>> region_in("3 부산광역시"), region_in("③ (부산시) 전통제조업을"), region_in("경기·경남·부산")
    ('부산', '부산', None)
    """
    rest, found = text, set()
    for word, region in _regions():
        if re.search(rf"(?<![가-힣]){word}(?![가-힣])", rest):
            found.add(region)
            rest = rest.replace(word, " ")
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=65_536)
def title_name(title: str) -> str:
    """A project's title without the words every project has, to see one project in two documents."""
    plain = _TITLE_NOISE.sub("", _NOISE.sub("", title))
    return plain if len(plain) >= 3 else _NOISE.sub("", title)


@lru_cache(maxsize=65_536)
def acronym(title: str) -> str:
    """The name in Latin capitals a project goes by, IVDX; "" when it has none of its own."""
    found = [word for word in re.findall(r"[A-Z][A-Z0-9]{2,}", title) if word not in _COMMON]
    return found[0] if len(found) == 1 else ""


_COMMON = frozenset(
    ("ICT", "R&D", "RND", "KPI", "QWL", "SOC", "LED", "CCTV", "IOT", "ESG", "MOU", "CO2", "PQ", "ICBM")
)
