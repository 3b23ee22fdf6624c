"""What a caller's words say of a release."""

from __future__ import annotations

import pytest

from sandan.control.engine.hazard.heard import read_words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("염소 50kg쯤 샌다고 함", ("chlorine", 50.0)),
        ("Some 1.5 t of ammonia", ("ammonia", 1500.0)),
        ("암모니아 1,200 kg 누출", ("ammonia", 1200.0)),
        ("탱크에서 냄새가 남", (None, None)),
        ("암모니아인지 염소인지 모름, 10 kg", (None, 10.0)),
        ("차아염소산나트륨 20 kg", (None, 20.0)),
        ("벤젠 5 kg, 아니면 50 kg", ("benzene", None)),
        ("과산화수소 10 kg", ("hydrogen_peroxide", 10.0)),
        ("황산암모늄 포대 20 kg", (None, 20.0)),
        ("메탄올이 새요", ("methanol", None)),
        ("UN1017 통 두 개, 100kg", ("chlorine", 100.0)),
        ("7664-41-7 냄새", ("ammonia", None)),
        ("NH3 3kg leaking", ("ammonia", 3.0)),
        ("no idea, co worker says 3 kg", (None, 3.0)),
        ("LPG가 샌다", ("propane", None)),
    ],
)
def test_substance_and_amount_are_read_where_they_are_said(
    text: str, said: tuple[str | None, float | None]
) -> None:
    """What is not said, or said in two ways, stays open."""
    heard = read_words(text)
    assert (heard.substance, heard.amount, heard.how) == (*said, None)


@pytest.mark.parametrize(
    ("text", "substance", "kilograms"),
    [
        ("염산 탱크 터졌어요, 50리터", "hydrogen_chloride", 50 * 1.18 * 0.35),
        ("염산 1톤 유출", "hydrogen_chloride", 350),
        ("톨루엔 200L 드럼이 넘어짐", "toluene", 200 * 0.86847),
        ("2 m3 of sulphuric acid", "sulphuric_acid", 2 * 1830.2),
    ],
)
def test_litres_and_solutions_become_kilograms_of_the_substance(
    text: str, substance: str, kilograms: float
) -> None:
    """How they were reckoned is told, so that somebody can correct it."""
    heard = read_words(text)
    assert heard.substance == substance
    assert heard.amount == pytest.approx(kilograms)
    assert heard.how is not None
