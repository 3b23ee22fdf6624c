"""The errors: every finding, in both languages."""

import pytest

from sandan.errors import Conflict, Finding, InvalidInput, NotAllowed, NotFound, SandanError, Unavailable
from sandan.words import Text

MISSING = Finding("row 3", Text("이름이 없습니다.", "the name is missing."), Text("쓰십시오.", "write it."))


def test_a_finding_says_where_what_and_how():
    """A finding reads as place, problem and remedy."""
    assert MISSING.in_("en") == "row 3: the name is missing. → write it."
    assert MISSING.in_("ko") == "row 3: 이름이 없습니다. → 쓰십시오."
    assert MISSING.severity == "error"


def test_invalid_input_carries_every_finding():
    """All findings are kept, the count is told, and the text shows the first twenty."""
    error = InvalidInput([MISSING] * 30)
    assert len(error.findings) == 30
    shown = error.in_("en").splitlines()
    assert shown[0] == "30 problem(s) found in the input."
    assert len(shown) == 21


def test_the_common_case_has_one_finding():
    """`because` makes the finding."""
    error = InvalidInput.because(MISSING.where, MISSING.problem, MISSING.remedy)
    assert error.findings == (MISSING,)


def test_not_found_names_what_and_which():
    """What was looked for and its id stand in the text."""
    error = NotFound(Text("측정점", "point"), "p1")
    assert "p1" in error.in_("ko")
    assert error.in_("en") == "point 'p1' was not found."


@pytest.mark.parametrize("kind", [NotAllowed, Conflict, Unavailable])
def test_the_others_carry_a_text(kind: type[SandanError]):
    """Each error has a text in both languages and is Korean when printed plainly."""
    error = kind(Text("안 됩니다.", "no."))
    assert (error.in_("ko"), error.in_("en"), str(error)) == ("안 됩니다.", "no.", "안 됩니다.")
