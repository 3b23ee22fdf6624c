"""The after-action report: times, what was done and not done, who was told, cause and measures, on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sandan.control.engine.incidents.figures import Mark, marks_of, since_detection, spans_of
from sandan.control.engine.incidents.limits import STANDING_NAMES, read_clock, read_task
from sandan.control.engine.incidents.rules import is_major
from sandan.control.engine.incidents.timeline import Line, fold_timeline
from sandan.control.engine.incidents.wording import clock_time, group_names, proofs_of, span
from sandan.control.model.incidents import CLOCK_NAMES, SOURCE_NAMES, STATE_NAMES, Case, Task
from sandan.control.model.incidents.procedures import kinds, legal_clocks, levels
from sandan.printing import Cell, Facts, Grid, Items, Piece, Section, Sheet
from sandan.words import Language, Text

DRILL = Text("훈련", "drill")
NONE = Text("없음", "none")


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Somebody who was told: who, when, whether they read and answered it, over what."""

    who: str
    at: datetime
    read: datetime | None
    answered: datetime | None
    ways: Text


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """What a drill expected: whether it was done, when, and for how many points."""

    text: Text
    standing: Text
    at: datetime | None
    points: str


def after_action_sheet(
    case: Case,
    told: Sequence[ToldLine],
    scores: Sequence[ScoreLine],
    score: float | None,
    language: Language,
    day: date,
    complex_name: str,
    area: Section | None = None,
) -> Sheet:
    """The report of a case as of `day`; a drill says so in its title, its head and the foot of each page.

    `area` is the plan of the place, where there is one.
    """
    incident = case.incident
    writer = _Writer(case, language)
    name = kinds()[incident.kind].name.in_(language)
    place = f" · {incident.place.words}" if incident.place.words else ""
    mark = f"[{DRILL.in_(language)}] " if incident.drill else ""
    sections = [
        Section(Text("개요", "Summary").in_(language), [writer.summary()]),
        *([] if area is None else [area]),
        Section(Text("시각", "Times").in_(language), writer.times()),
        *writer.clocks(),
        Section(Text("할 일", "Checklist").in_(language), [writer.tasks()]),
        Section(Text("알린 사람", "People told").in_(language), [writer.told(told)]),
        *([Section(Text("훈련 평가", "Score of the drill").in_(language), writer.scores(scores, score))]
          if incident.drill else []),
        Section(Text("경과", "Timeline").in_(language), [writer.timeline()]),
        *writer.files(),
        Section(Text("기록 확인", "Proof of the record").in_(language), [writer.proof()]),
    ]  # fmt: skip
    return Sheet(
        kind=Text("사후 보고서", "After-action report").in_(language),
        title=f"{mark}{name}{place}",
        subtitle=f"{complex_name} · {incident.id}",
        version=f"{mark}{incident.id} · {day.isoformat()}",
        language=language,
        day=day,
        sections=sections,
        sources=[legal_clocks()[one.clock].source for one in case.clocks],
        legend=[],
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Puts parts of a case into one language."""

    case: Case
    language: Language

    def say(self, text: Text | str) -> Cell:
        said = text if isinstance(text, str) else text.in_(self.language)
        return [Piece(said)] if said else []

    def t(self, ko: str, en: str) -> str:
        return ko if self.language == "ko" else en

    def when(self, at: datetime | None) -> Cell:
        return self.say("" if at is None else clock_time(at))

    def summary(self) -> Facts:
        incident, closing = self.case.incident, self.case.incident.closing
        pairs: list[tuple[str, Cell]] = [
            (self.t("번호", "Number"), self.say(incident.id)),
            (self.t("상태", "State"), self.say(STATE_NAMES[incident.state])),
            (self.t("종류", "Kind"), self.say(kinds()[incident.kind].name)),
            (self.t("단계", "Level"), self.say(levels()[incident.level].name)),
            (self.t("담당", "Owner"), self.say(self.case.named(incident.owner))),
            (self.t("출처", "Source"), self.say(SOURCE_NAMES[incident.source])),
        ]
        wide = [
            (self.t("장소", "Place"), incident.place.words),
            (self.t("제목", "Title"), incident.title),
            (
                self.t("경보", "Alarms"),
                ", ".join(self.case.alarm_name(id).in_(self.language) for id in incident.alarms),
            ),
        ]
        if closing is not None:
            harm = Text(
                f"사망 {closing.deaths} · 부상 {closing.injured} · 재산 피해 {closing.loss:,}원",
                f"{closing.deaths} dead, {closing.injured} injured, ₩{closing.loss:,} of property",
            )
            major = Text("중대사고에 해당", "a serious accident") if is_major(closing) else NONE
            pairs += [
                (self.t("피해", "Harm"), self.say(harm)),
                (self.t("중대사고", "Serious accident"), self.say(major)),
            ]
            wide += [
                (self.t("원인", "Cause"), closing.cause),
                (self.t("조치", "Measures"), closing.measures),
            ]
        pairs += [(label, self.say(text)) for label, text in wide if text]
        return Facts(pairs, frozenset(label for label, _ in wide))

    def times(self) -> list[Grid]:
        marks = marks_of(self.case)
        seconds = since_detection(marks)
        rows = [
            [self.say(mark.name), self.when(mark.at), self._since(mark, seconds), self._clock(mark)]
            for mark in marks
        ]
        head = (
            self.t("무엇", "What"),
            self.t("시각", "When"),
            self.t("감지부터", "Since detection"),
            self.t("정한 것", "Set by"),
        )
        between = [
            [
                self.say(" → ".join(end.name.in_(self.language) for end in (one.first, one.last))),
                self.say(("-" if one.seconds < 0 else "") + span(one.seconds).in_(self.language)),
                self.say(f"{one.seconds:,.0f}"),
            ]
            for one in spans_of(marks)
        ]
        found = [Grid("", head, rows, labels=4, widths=(1.2, 1.2, 1.2, 1.4))]
        if between:
            spans = (self.t("사이", "Between"), self.t("걸린 시간", "Time"), self.t("초", "Seconds"))
            found.append(Grid("", spans, between, labels=2, widths=(2.4, 1.2, 0.8)))
        return found

    def _since(self, mark: Mark, seconds: dict[str, float]) -> Cell:
        if mark.id not in seconds:
            return self.say("")
        sign = "-" if seconds[mark.id] < 0 else ""
        return self.say(sign + span(seconds[mark.id]).in_(self.language))

    def _clock(self, mark: Mark) -> Cell:
        return self.say(CLOCK_NAMES[mark.clock] if mark.at is not None else "")

    def clocks(self) -> list[Section]:
        if not self.case.clocks:
            return []
        rows = []
        for i, one in enumerate(self.case.clocks, 1):
            law, face = legal_clocks()[one.clock], read_clock(one, one.answered_at or one.due_at)
            late = span(face.left.total_seconds()).in_(self.language)
            said = STANDING_NAMES[face.standing] if one.answered_at else Text("답하지 않음", "not answered")
            rows.append(
                [
                    [Piece(law.name.in_(self.language), notes=(i,))],
                    self.when(one.due_at),
                    self.when(one.answered_at),
                    self.say(f"{said.in_(self.language)} ({late})" if one.answered_at else said),
                    self.say(one.note),
                ]
            )
        head = (
            self.t("법정 시계", "Legal clock"),
            self.t("기한", "Due"),
            self.t("신고", "Reported"),
            self.t("결과", "Result"),
            self.t("내용", "Note"),
        )
        grid = Grid("", head, rows, labels=5, widths=(1.4, 1, 1, 1.2, 1.4))
        return [Section(self.t("법정 신고", "Legal reports"), [grid])]

    def tasks(self) -> Grid:
        head = (
            self.t("할 일", "Task"),
            self.t("누가", "Who"),
            self.t("시한", "Within"),
            self.t("처리", "Done"),
            self.t("결과", "Result"),
        )
        rows = [
            [
                self.say(task.text),
                self.say(self.case.named(task.done_by) or task.who),
                self.say(span(task.within.total_seconds()) if task.within else ""),
                self.when(task.done_at if task.skipped is None else None),
                self._result(task),
            ]
            for task in self.case.tasks
        ]
        return Grid("", head, rows, labels=5, widths=(2.6, 0.9, 0.8, 1.1, 1.2))

    def _result(self, task: Task) -> Cell:
        if task.skipped is not None:
            return self.say(Text(f"건너뜀: {task.skipped}", f"skipped: {task.skipped}"))
        if task.open:
            return self.say(Text("하지 않음", "not done"))
        face = read_task(task, task.done_at or task.since)
        return self.say(STANDING_NAMES[face.standing] if face else Text("완료", "done"))

    def told(self, told: Sequence[ToldLine]) -> Grid | Items:
        by_word = self._ticked_by_word()
        if not told and not by_word:
            return Items([("", Piece(NONE.in_(self.language)))])
        head = (
            self.t("누구", "Who"),
            self.t("알림", "Told"),
            self.t("읽음", "Read"),
            self.t("응답", "Answered"),
            self.t("경로", "Way"),
        )
        rows = [
            [self.say(one.who), *map(self.when, (one.at, one.read, one.answered)), self.say(one.ways)]
            for one in told
        ]
        rows += [
            [self.say(group_names(task.tell)), *map(self.when, (task.done_at, None, None)), self.say(said)]
            for task, said in by_word
        ]
        return Grid("", head, rows, labels=5, widths=(1.8, 1, 1, 1, 1.4))

    def _ticked_by_word(self) -> list[tuple[Task, Text]]:
        """Steps that tell somebody, done on a person's word alone."""
        proofs = proofs_of(self.case)
        known = {
            int(line.payload["number"])
            for line in self.case.timeline
            if line.kind == "TaskDone" and line.payload.get("told")
        }
        only = Text("할 일로 표시만 함", "only ticked off as a step")
        return [
            (task, Text(f"{only.ko}: {said.ko}", f"{only.en}: {said.en}") if said.ko else only)
            for task in self.case.tasks
            if task.tell and task.done_at and task.skipped is None and task.number not in known
            for said in (proofs.get(task.number, Text("", "")),)
        ]

    def scores(self, scores: Sequence[ScoreLine], score: float | None) -> list[Facts | Grid]:
        total = "–" if score is None else f"{score:g} / 100"
        head = (
            self.t("기대한 행동", "Expected"),
            self.t("결과", "Result"),
            self.t("시각", "When"),
            self.t("점수", "Points"),
        )
        rows = [
            [self.say(one.text), self.say(one.standing), self.when(one.at), self.say(one.points)]
            for one in scores
        ]
        facts = Facts([(self.t("점수", "Score"), self.say(total))])
        return [facts, Grid("", head, rows, labels=3, widths=(2.6, 1, 1.1, 0.8))] if rows else [facts]

    def timeline(self) -> Items:
        def piece(one: Line) -> Piece:
            entry = one.entry
            who = "" if entry.actor == "system" else f"{self.case.named(entry.actor)}: "
            other = f" ({entry.incident})" if entry.incident not in ("", self.case.incident.id) else ""
            return Piece(f"{who}{one.text.in_(self.language)}{other}")

        lines = fold_timeline(self.case.timeline, self.case.tellings)
        return Items([(clock_time(one.entry.at), piece(one)) for one in lines])

    def files(self) -> list[Section]:
        if not self.case.attachments:
            return []
        head = (
            self.t("첨부", "Attachment"),
            self.t("올린 사람", "By"),
            self.t("시각", "When"),
            "SHA-256",
        )
        rows = [
            [self.say(one.name), self.say(self.case.named(one.by)), self.when(one.at), self.say(one.digest)]
            for one in self.case.attachments
        ]
        return [
            Section(self.t("첨부", "Attachments"), [Grid("", head, rows, labels=4, widths=(1.4, 1, 1, 2))])
        ]

    def proof(self) -> Facts:
        """What a reader compares with the record of events, which nobody can change unnoticed."""
        lines = self.case.timeline
        first, last = (min(one.seq for one in lines), max(one.seq for one in lines)) if lines else (0, 0)
        said = self.t(
            f"{len(lines)}건, {first}번부터 {last}번까지", f"{len(lines)}, number {first} to {last}"
        )
        lines_of = self.t("사건의 기록", "Events of it")
        hash_of = self.t(f"{last}번 기록의 SHA-256", f"SHA-256 of number {last}")
        return Facts(
            [(lines_of, self.say(said)), (hash_of, self.say(self.case.last_hash))],
            frozenset({lines_of, hash_of}),
        )
