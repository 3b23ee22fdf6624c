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
    ],
)
def test_substance_and_amount_are_read_where_they_are_said(
    text: str, said: tuple[str | None, float | None]
) -> None:
    """What is not said, or said in two ways, stays open."""
    assert read_words(text) == said
