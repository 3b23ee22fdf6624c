"""Names and telephone numbers go; departments, titles, places, amounts and dates stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shared import SEEDS

from sandan.programme.engine.reading import read_document, strip_people


@pytest.mark.parametrize(
    ("text", "kept", "dropped"),
    [
        ("전략사업과 스마트산업담당 (홍길동 ☎5026)\t협조부서", "전략사업과 스마트산업담당\t협조부서", 2),
        ("과장 홍길동", "과장", 1),
        ("• 과장 홍길동, 사무관 홍길동 • ☎ (000)000-0000", "• 과장, 사무관 •", 3),
        ("담당자 홍길동 4287", "담당자", 2),
        ("☎ 산업입지과장 홍길동 000-0000   담당자 홍길동 4287", "☎ 산업입지과장   담당자", 4),
        ("(장관 홍길동)은", "(장관)은", 1),
        ("과장 홍길동과 협의", "과장과 협의", 1),
        ("한편, 위원회 홍길동 부위원장은 말했다", "한편, 위원회 부위원장은 말했다", 1),
        ("국토교통부 홍길동 제1차관", "국토교통부 제1차관", 1),
        ("정책과 홍길동 사무관(☎ 000-000-0000)에게", "정책과 사무관에게", 2),
        ("추진부서\t산업진흥과\t과장\t홍길동\t☎ 000-0000", "추진부서\t산업진흥과\t과장\t\t", 2),
        ("\t\t미래산업팀장\t홍 길 동\t000-0000", "\t\t미래산업팀장\t\t", 2),
        ("홍길동\t주무관\t000-0000", "\t주무관\t", 2),
        ("담당자\t홍길동\t2022\t2023", "담당자\t\t2022\t2023", 1),
        ("과장 홍길동, 홍길동, 산업정책과", "과장, 산업정책과", 2),
        ("부산시장 홍길동", "부산시장", 1),
        ("문의: 산업과 홍길동(전화 000-000-0000)", "문의: 산업과", 2),
        ("문의 hong@example.kr 010-0000-0000", "문의", 2),
        ("도시과 ☎ 000-0000", "도시과", 1),
    ],
)
def test_people_are_left_out(text: str, kept: str, dropped: int) -> None:
    """Every way such documents name a person or a telephone is known."""
    assert strip_people(text) == (kept, dropped)


@pytest.mark.parametrize(
    "text",
    [
        "지정일 : 2019. 8. 7.",
        "상록구 사동 1639-21 (사동 90블럭)",
        "글로벌 시장 진출 촉진, 시장 안정화, 시장 유통망",
        "담당 공무원 3명, 담당자 교육 1200명",
        "산업입지과 과장, 강남구 구청장, 안산시 시장, 노사정 위원장",
        "2022-2026년 재정 2022-2026",
        "총사업비 465억원 (국 100, 도 115, 시 200)",
        "계\t86,360\t45,660\t10,200",
        "전화 상담 1200건, 전화 1200건, 팩스 5000대",
        "위원장 선출, 장관 표창장 10건, 장관 지시로, 위원장 선임은",
        "공장 이전 3개, 사업장 2022 4287",
        "담당부서 담당 과장 전결",
        "지자체 담당자 지정, 기관별 담당자",
        "추진위원회 위원장, 이사회 의장",
    ],
)
def test_everything_else_stays(text: str) -> None:
    """Departments, places, amounts, dates and everyday words are no people."""
    assert strip_people(text) == (text, 0)


@given(st.lists(st.from_regex(r"[0-9]{1,3}(,[0-9]{3}){0,3}", fullmatch=True), max_size=9))
def test_rows_of_amounts_stay(amounts: list[str]) -> None:
    """No row of amounts looks like a telephone."""
    text = "\t".join(["국비", *amounts])
    assert strip_people(text) == (text, 0)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents of ../shared are not here")
def test_nobody_is_left_in_the_seeds() -> None:
    """No telephone and no name beside a title remains; figures outside telephones all survive."""
    named = re.compile(r"(?:장관|차관|과장|사무관|팀장|담당자)[ \t]+(?!담당자)[가-힣]{3}(?![가-힣])")
    telephone = re.compile(r"☎\s*[\d(]|\d{3,4}-\d{4}|010-")
    for path in sorted(SEEDS.glob("*.txt")):
        for line in read_document(path.name, path.read_bytes()).lines:
            kept, dropped = strip_people(line.text)
            assert not named.search(kept)
            assert not telephone.search(kept)
            assert kept.count("\t") == line.text.count("\t")
            if not dropped:
                assert kept == line.text
            if not telephone.search(line.text):
                assert re.findall(r"\d", kept) == re.findall(r"\d", line.text)
