"""Text in both languages, and the particles of Korean."""

import pytest

from sandan.words import Text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("높이이(가) 없습니다.", "높이가 없습니다."),
        ("이름이(가) 없습니다.", "이름이 없습니다."),
        ("'가람'을(를) 찾습니다.", "'가람'을 찾습니다."),
        ("필지 12은(는) 비었습니다.", "필지 12는 비었습니다."),
        ("필지 13은(는) 비었습니다.", "필지 13은 비었습니다."),
        ("서울(으)로", "서울로"),
        ("부산(으)로", "부산으로"),
        ("정수(으)로", "정수로"),
        ("건물과(와) 도로와(과) 하천", "건물과 도로와 하천"),
        ("kW이(가) 아닙니다.", "kW이(가) 아닙니다."),
        ("한빛정밀(주)이(가) 있습니다.", "한빛정밀(주)가 있습니다."),
    ],
)
def test_particle_fits_the_word_before_it(written: str, shown: str):
    """A particle written both ways is shown in the one its word asks for, and left when unsure."""
    assert Text(written, "").in_("ko") == shown
    assert str(Text(written, "")) == shown


def test_each_language_is_shown_as_asked():
    """`in_` gives the language asked for, and a text printed plainly is Korean."""
    text = Text("필지", "parcel")
    assert (text.in_("ko"), text.in_("en"), str(text)) == ("필지", "parcel", "필지")
