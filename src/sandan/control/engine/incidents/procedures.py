"""Procedures as CSV: read with every finding, written back the same, made into the tasks of an incident."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from sandan.control.model.incidents import Incident, RunningClock, Task
from sandan.control.model.incidents.procedures import (
    EVERY,
    OWN,
    Book,
    LegalClock,
    Step,
    built_in,
    groups,
    kinds,
    legal_clocks,
    levels,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

COLUMNS = (
    "kind", "level", "step", "ko", "en", "who_ko", "who_en", "within_minutes", "next_ko", "next_en", "tell",
    "source", "auto", "answer_minutes",
)  # fmt: skip
OPTIONAL = frozenset({"auto", "answer_minutes"})
"""Columns that an older table does not have."""
AUTO = {"": False, "no": False, "yes": True}
MOST_STEPS = 1_000
LONGEST_TEXT = 500
LONGEST_MINUTES = 7 * 24 * 60
LONGEST_ANSWER = 1440


def read_steps(text: str) -> tuple[Step, ...]:
    """The steps in a CSV with the columns `COLUMNS`; `InvalidInput` with every finding otherwise."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ()) and name not in OPTIONAL]
    if missing:
        raise InvalidInput.because(
            "1",
            Text(f"열이 없습니다: {', '.join(missing)}", f"columns are missing: {', '.join(missing)}."),
            Text("내보낸 파일의 첫 줄을 그대로 쓰십시오.", "keep the first line of an exported file."),
        )
    found: list[Finding] = []
    steps: list[Step] = []
    seen: set[tuple[str, str]] = set()
    for line, row in enumerate(reader, 2):
        if line > MOST_STEPS + 1:
            found.append(_fault(line, "", f"{MOST_STEPS}행을 넘습니다.", f"more than {MOST_STEPS} rows."))
            break
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        faults = _faults(line, cells, seen)
        found += faults
        seen.add((cells["kind"], cells["step"]))
        if not faults:
            steps.append(_step(cells))
    if not steps and not found:
        found.append(_fault(2, "", "단계가 하나도 없습니다.", "there is no step."))
    if found:
        raise InvalidInput(found)
    return tuple(steps)


def _fault(line: int, column: str, ko: str, en: str, remedy: Text | None = None) -> Finding:
    where = f"{line} · {column}" if column else str(line)
    return Finding(where, Text(ko, en), remedy or Text("그 칸을 고치십시오.", "mend that cell."))


def _faults(line: int, cells: Mapping[str, str], seen: set[tuple[str, str]]) -> list[Finding]:
    found: list[Finding] = []
    known = (EVERY, *kinds())
    if cells["kind"] not in known:
        remedy = Text(f"가능한 값: {' '.join(known)}", f"one of: {' '.join(known)}")
        found.append(_fault(line, "kind", "없는 사건 종류입니다.", "no such kind.", remedy))
    if cells["level"] not in map(str, levels()):
        remedy = Text(f"{min(levels())}에서 {max(levels())}까지", f"{min(levels())} to {max(levels())}")
        found.append(_fault(line, "level", "단계가 아닙니다.", "is no level.", remedy))
    if not cells["step"].isascii() or not cells["step"].replace("_", "").isalnum():
        remedy = Text("영문 소문자와 숫자, 밑줄", "lower-case letters, digits, underscores")
        found.append(_fault(line, "step", "식별자가 없거나 잘못됐습니다.", "is no id.", remedy))
    elif (cells["kind"], cells["step"]) in seen:
        remedy = Text("다른 식별자를 쓰십시오.", "use another id.")
        found.append(_fault(line, "step", "같은 종류에 같은 단계가 있습니다.", "is there twice.", remedy))
    for name in ("ko", "en", "who_ko", "who_en"):
        if not cells[name] or len(cells[name]) > LONGEST_TEXT:
            remedy = Text("두 언어 모두 적으십시오.", "write it in both languages.")
            found.append(
                _fault(line, name, f"비었거나 {LONGEST_TEXT}자를 넘습니다.", "is empty or too long.", remedy)
            )
    if cells["within_minutes"] and _minutes(cells["within_minutes"]) is None:
        remedy = Text("0보다 큰 분, 최대 7일; 없으면 비움", "minutes above 0, at most 7 days; or nothing")
        found.append(_fault(line, "within_minutes", "분이 아닙니다.", "is no number of minutes.", remedy))
    if cells["source"] not in ("", OWN) and not cells["source"].startswith(("https://", "http://")):
        remedy = Text(f"'{OWN}' 또는 http로 시작하는 주소", f"'{OWN}', or an address that starts with http")
        found.append(_fault(line, "source", "근거의 주소가 아닙니다.", "is no address.", remedy))
    if cells["auto"] not in AUTO or (AUTO[cells["auto"]] and not cells["tell"].split()):
        remedy = Text("알릴 곳이 있는 행에만 yes", "yes, and only where the step tells somebody")
        found.append(_fault(line, "auto", "쓸 수 없는 값입니다.", "cannot be used here.", remedy))
    answer = cells["answer_minutes"]
    if answer and (not answer.isdecimal() or not 0 < int(answer) <= LONGEST_ANSWER or not cells["tell"]):
        remedy = Text(
            f"알릴 곳이 있는 행에만 1–{LONGEST_ANSWER}",
            f"1 to {LONGEST_ANSWER}, and only where the step tells somebody",
        )
        found.append(_fault(line, "answer_minutes", "쓸 수 없는 값입니다.", "cannot be used here.", remedy))
    unknown = [word for word in cells["tell"].split() if word not in groups()]
    if unknown:
        remedy = Text(f"가능한 값: {' '.join(groups())}", f"one of: {' '.join(groups())}")
        found.append(_fault(line, "tell", f"없는 대상: {unknown[0]}", f"no group '{unknown[0]}'.", remedy))
    return found


def _minutes(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 < value <= LONGEST_MINUTES else None


def _step(cells: Mapping[str, str]) -> Step:
    minutes = _minutes(cells["within_minutes"]) if cells["within_minutes"] else None
    return Step(
        cells["kind"],
        int(cells["level"]),
        cells["step"],
        Text(cells["ko"], cells["en"]),
        Text(cells["who_ko"], cells["who_en"]),
        None if minutes is None else timedelta(minutes=minutes),
        Text(cells["next_ko"], cells["next_en"]),
        tuple(cells["tell"].split()),
        cells["source"] or OWN,
        AUTO[cells["auto"]],
        int(cells["answer_minutes"]) if cells["answer_minutes"] else None,
    )


def with_step(steps: Sequence[Step], cells: Mapping[str, str] | None, kind: str, id: str) -> tuple[Step, ...]:
    """The steps with step `id` of `kind` replaced by, or where it is new followed by, the one in `cells`.

    None takes it out. `InvalidInput` names the cells that are wrong.
    """
    if cells is None:
        return tuple(one for one in steps if (one.kind, one.id) != (kind, id))
    given = {name: cells.get(name, "").strip() for name in COLUMNS}
    others = {(one.kind, one.id) for one in steps} - {(kind, id)}
    faults = _faults(0, given, others)
    if faults:
        raise InvalidInput(
            Finding(one.where.removeprefix("0 · "), one.problem, one.remedy, one.severity) for one in faults
        )
    new = _step(given)
    there = [(one.kind, one.id) for one in steps]
    if (kind, id) not in there:
        return (*steps, new)
    return tuple(new if key == (kind, id) else one for key, one in zip(there, steps, strict=True))


def write_steps(steps: Sequence[Step]) -> str:
    """The steps as CSV; reading it gives the same steps."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for step in steps:
        minutes = "" if step.within is None else f"{step.within / timedelta(minutes=1):g}"
        writer.writerow(
            [
                step.kind, step.level, step.id, step.text.ko, step.text.en, step.who.ko, step.who.en, minutes,
                step.next.ko, step.next.en, " ".join(step.tell), step.source, "yes" if step.auto else "",
                step.answer_minutes or "",
            ]
        )  # fmt: skip
    return out.getvalue()


@cache
def first_book() -> Book:
    """Version 1: the procedures that come with Sandan."""
    return Book(1, read_steps(built_in()), reason="Sandan")


def tasks_of(
    book: Book, kind: str, above: int, level: int, since: datetime, first: int = 1
) -> tuple[Task, ...]:
    """The tasks that come with the levels above `above` up to `level`, numbered from `first`.

    Own steps of the kind come before those of every kind within a level, the sooner due first.
    """
    steps = [one for one in book.steps if one.kind in (kind, EVERY) and above < one.level <= level]
    steps.sort(key=lambda one: (one.level, one.within is None, one.within or timedelta(0)))
    return tuple(
        Task(
            number=number,
            step=one.id,
            level=one.level,
            text=one.text,
            who=one.who,
            since=since,
            within=one.within,
            next=one.next,
            tell=one.tell,
            source=one.source,
        )
        for number, one in enumerate(steps, first)
    )


def first_told(book: Book, kind: str) -> dict[str, Step]:
    """The step with which each group is told first: that of the lowest level of those that name it."""
    found: dict[str, Step] = {}
    for step in sorted(book.steps, key=lambda one: one.level):
        if step.kind in (kind, EVERY):
            for group in step.tell:
                found.setdefault(group, step)
    return found


def clocks_of(kind: str, detected: datetime) -> tuple[RunningClock, ...]:
    """The legal clocks that start by themselves for a kind; they run from first detection."""
    return tuple(
        RunningClock(one.id, detected, detected + one.within)
        for one in legal_clocks().values()
        if kind in one.auto
    )


def clocks_by_hand(incident: Incident, running: Sequence[RunningClock]) -> list[LegalClock]:
    """The legal clocks that may be started for an incident and are not running yet."""
    there = {one.clock for one in running}
    return [
        one for one in legal_clocks().values() if one.id not in there and incident.kind in one.auto | one.hand
    ]
