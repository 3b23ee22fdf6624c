"""What can go wrong, sorted by who must act.

    SandanError
    ├── InvalidInput   the sender mends the input; carries every finding, not the first
    ├── NotFound       the caller asked for something that is not there
    ├── NotAllowed     the caller needs another role, or it is another firm's data
    ├── Conflict       the state changed meanwhile: look again, then decide
    └── Unavailable    the operator acts: a store, a broker or a disk does not answer

HTTP codes live in `web.errors`, exit codes in `cli`: one table each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sandan.words import Language, Text

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an input: where it is, what is wrong, how to mend it."""

    where: str
    problem: Text
    remedy: Text
    severity: Severity = "error"

    def in_(self, language: Language) -> str:
        return f"{self.where}: {self.problem.in_(language)} → {self.remedy.in_(language)}"


class SandanError(Exception):
    """The root; never raised itself."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.ko)
        self.text = text

    def in_(self, language: Language) -> str:
        return self.text.in_(language)


class InvalidInput(SandanError):
    """The input breaks a rule; `findings` lists all of it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        n = len(self.findings)
        super().__init__(Text(f"입력에서 {n}건의 문제를 찾았습니다.", f"{n} problem(s) found in the input."))

    def in_(self, language: Language) -> str:
        shown = [finding.in_(language) for finding in self.findings[:20]]
        return "\n".join([self.text.in_(language), *shown])

    @classmethod
    def because(cls, where: str, problem: Text, remedy: Text) -> InvalidInput:
        """The common case of a single finding."""
        return cls([Finding(where, problem, remedy)])


class NotFound(SandanError):
    """`what` (a thing, a point, a file) with this id does not exist."""

    def __init__(self, what: Text, id: object) -> None:
        super().__init__(
            Text(f"{what.ko} '{id}'을(를) 찾을 수 없습니다.", f"{what.en} '{id}' was not found.")
        )


class NotAllowed(SandanError):
    """The actor may not do this."""


class Conflict(SandanError):
    """Somebody or something changed the state in between."""

    @classmethod
    def of_version(cls, version: int) -> Conflict:
        """Somebody has made this version of a table since it was read."""
        return cls(
            Text(
                f"그사이 다른 사람이 {version}판을 만들었습니다. 새로 고친 뒤 다시 하십시오.",
                f"Somebody has made version {version} meanwhile. Reload and try again.",
            )
        )


class Unavailable(SandanError):
    """A part Sandan depends on does not answer; the text says which and what to do."""
