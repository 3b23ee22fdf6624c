"""A work permit on one page: what is agreed, who signs, and the code that says whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.clock import SEOUL
from sandan.control.engine.permits.circumstances import limits_of
from sandan.control.engine.permits.tables import permit_rules
from sandan.control.model.permits import ANY, PermitParams
from sandan.control.model.safety import PERMIT_STATES, WorkPermit
from sandan.printing import Cell, Facts, Grid, Picture, Piece, Section, Sheet
from sandan.words import Language, Text

QR_SHARE = 0.26
"""Of the width of the text: some 45 mm, which a phone reads from the length of an arm."""
BLANK = (Piece("\u00a0"),)
"""A cell to be filled in by hand."""


@dataclass(frozen=True, slots=True)
class SignLine:
    """A signature: who signs, and as which post and when somebody did."""

    name: Text
    post: str
    at: datetime | None


def permit_sheet(
    work: WorkPermit,
    signs: Sequence[SignLine],
    provisions: Mapping[str, Text],
    params: PermitParams,
    code: str,
    language: Language,
    now: datetime,
    complex_name: str,
) -> Sheet:
    """The paper of a permit as it stood at `now`; `code` is the drawing of its QR code.

    Cells of what is missing stay blank, to be filled in by hand.
    """
    writer = _Writer(work, language)
    t = writer.t
    air = writer.air(params)
    return Sheet(
        kind=t("안전작업허가서", "Safe work permit"),
        title=f"{permit_rules().kinds[work.kind].name.in_(language)} · {work.name}",
        subtitle=f"{complex_name} · {work.id}",
        version=f"{work.id} · {moment(now)}",
        language=language,
        day=now.astimezone(SEOUL).date(),
        sections=[
            Section(t("허가", "Permit"), [writer.facts(provisions, now)]),
            *([Section(t("공기", "Air"), [air])] if air.rows else []),
            Section(t("확인", "Checks"), [writer.signatures(signs), writer.closing()]),
            Section(t("지금 유효한가", "Does it hold now?"), [writer.code(code)]),
        ],
        sources=(),
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Puts parts of a permit into one language."""

    work: WorkPermit
    language: Language

    def t(self, ko: str, en: str) -> str:
        return ko if self.language == "ko" else en

    def say(self, text: Text | str) -> Cell:
        said = text if isinstance(text, str) else text.in_(self.language)
        return [Piece(said)] if said else BLANK

    def facts(self, provisions: Mapping[str, Text], now: datetime) -> Facts:
        work, t, say = self.work, self.t, self.say
        made = [name.in_(self.language) for id, name in provisions.items() if id in work.provisions]
        state = PERMIT_STATES[work.state].in_(self.language)
        wide = [
            (t("갖춘 조치", "Provisions"), say(", ".join(made) or "–")),
            (t("감시하는 직책", "Posts that watch"), say(", ".join(work.watchers) or "–")),
        ]
        if work.overridden:
            wide.append((t("상충에도 허가한 까닭", "Why it was granted all the same"), say(work.overridden)))
        return Facts(
            [
                (t("번호", "Number"), say(work.id)),
                (t("상태", "State"), say(f"{state} ({moment(now)})")),
                (t("시작", "From"), say(moment(work.start))),
                (t("끝", "To"), say(moment(work.end))),
                (t("장소", "Place"), say(work.place or f"{work.lat}, {work.lon}")),
                (t("협력업체", "Contractor"), say(work.contractor or "–")),
                *wide,
            ],
            frozenset(label for label, _ in wide),
        )

    def air(self, params: PermitParams) -> Grid:
        t, say = self.t, self.say
        latest = {test.quantity: test for test in sorted(self.work.tests, key=lambda one: one.at)}
        rows = []
        for rule in permit_rules().air:
            if rule.kind != self.work.kind:
                continue
            fit = limits_of(rule, params).in_(self.language)
            test = latest.get(rule.quantity)
            rows.append(
                (
                    say(rule.name),
                    say(f"{fit} {rule.unit}" if fit else t("기준 미설정", "no limit set")),
                    say("" if test is None else f"{test.value:g} {rule.unit}"),
                    say("" if test is None else moment(test.at)),
                )
            )
        caption = t(
            "공기 측정. 빈칸은 현장에서 적습니다.", "Test of the air; blank cells are filled in on the spot."
        )
        head = (t("무엇", "What"), t("기준", "Fit"), t("측정값", "Measured"), t("시각", "Time"))
        return Grid(caption, head, rows, labels=4)

    def signatures(self, signs: Sequence[SignLine]) -> Grid:
        t, say = self.t, self.say
        rows = [
            (say(one.name), say(one.post), say("" if one.at is None else moment(one.at))) for one in signs
        ]
        caption = t("서명. 이름 없이 직책으로 남습니다.", "Signatures, kept as posts without names.")
        return Grid(caption, (t("누구", "Who"), t("직책", "Post"), t("시각", "Time")), rows, labels=3)

    def closing(self) -> Grid:
        t = self.t
        rows = [
            (self.say(one.name), BLANK) for one in permit_rules().closing if one.kind in (self.work.kind, ANY)
        ]
        head = (t("무엇", "What"), t("확인", "Checked"))
        return Grid(t("마칠 때 확인", "Checked before it is closed"), head, rows, labels=2, widths=(4.0, 1.0))

    def code(self, svg: str) -> Picture:
        return Picture(
            svg,
            self.t(
                "이 허가가 지금 유효한지 보는 주소의 QR 코드",
                "QR code of the address that says whether this permit holds now",
            ),
            self.t(
                "종이는 찍은 때의 상태입니다. 경보로 중지될 수 있으니 지금 유효한지는 코드로 보십시오.",
                "As of when it was printed. An alarm may stop it: the code says whether it holds now.",
            ),
            QR_SHARE,
        )


def moment(at: datetime) -> str:
    """`2026-11-22 09:00`, in Korea."""
    return f"{at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
