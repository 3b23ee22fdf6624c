"""Shares of one whole: none may be over 100 %, nor may they together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from sandan.programme.engine.findings.passages import Passage, label_of, quote
from sandan.programme.engine.findings.printed import percent, shown
from sandan.programme.engine.findings.quantities import Quantity, read_quantities, said
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.model.audit import AuditFinding, Input
from sandan.programme.model.plan import Book
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, sources
from sandan.words import Text

BOUNDED = re.compile(
    r"(?:비중|점유율|구성비|분담률|분담율|비율|공정률|공정율|추진율|추진률|진척률|진척율|진도율|이행률|이행율|집행률|집행율|"
    r"취업률|취업율|가동률|가동율|입주율|입주률|분양률|분양율|완료율|참여율|보급률|보급율|자립률|자립율|자급률|자급율|"
    r"추진\s?상황|재활용률|재활용율|설치율)"
)
"""Rates that are of a whole; growth and achievement may well be over 100 %."""
_BEFORE = 14
_WHOLES = re.compile(r"비중|구성비?|비율|분담|재원|점유|가중치|배점|배분")
_BRACKET = re.compile(r"[(\[]([^()\[\]]{6,300})[)\]]")
_UNBOUNDED = re.compile(r"증가|증감|성장|상승|대비|초과|달성|목표치|감소|이상|가중치")


def faults_in(passage: Passage, plan: str, subject: str) -> Iterator[AuditFinding]:
    """Findings for shares of a passage: single ones over 100 %, and brackets of shares that are together."""
    text = passage.text
    if "%" not in text and "％" not in text:
        return
    found = [one for one in read_quantities(text) if one.family == "percent"]
    for one in found:
        words = text[max(0, one.start - _BEFORE) : one.start]
        after = re.split(r"[,.;)]", text[one.end : one.end + 8])[0]
        if one.number.low > 100 and BOUNDED.search(words) and not _UNBOUNDED.search(words + after):
            yield _single(passage, one, plan, subject)
    yield from _brackets(passage, found, plan, subject)


def _single(passage: Passage, one: Quantity, plan: str, subject: str) -> AuditFinding:
    text = passage.text
    quoted = quote(text, one.start, one.end)
    return make_finding(
        "share-over",
        plan,
        subject,
        label_of(text[max(0, one.start - 40) : one.end]),
        Text(
            f"'{quoted}': 전체 가운데 차지하는 비율인데 100%를 넘습니다.",
            f"'{quoted}': it is a share of a whole, yet over 100 %.",
        ),
        [Input(Text("비율", "Share"), one.number.value, "%", passage.origin(one.start))],
    )


def _brackets(passage: Passage, found: list[Quantity], plan: str, subject: str) -> Iterator[AuditFinding]:
    text = passage.text
    for bracket in _stretches(text):
        start, end = bracket
        inside = [one for one in found if start <= one.start and one.end <= end + 1]
        if len(inside) < 2 or not _is_split(text, start, end, inside):
            continue
        total = sum(one.number.value for one in inside)
        bound = sum(one.number.half for one in inside)
        if total - bound > 100 + 1e-9:
            quoted = quote(text, start, end + 1)
            shares = " + ".join(said(text, one) for one in inside)
            yield make_finding(
                "shares-over",
                plan,
                subject,
                label_of(text[max(0, start - 30) : end]),
                Text(
                    f"'{quoted}': {shares} = {percent(total)}로, 한 전체의 구성비가 100%를 넘습니다.",
                    f"'{quoted}': {shares} = {percent(total)}: the parts of one whole are over 100 %.",
                ),
                [
                    Input(Text("구성비", "Share"), one.number.value, "%", passage.origin(one.start))
                    for one in inside
                ],
            )


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """Brackets, and what follows a colon to its end."""
    for match in _BRACKET.finditer(text):
        yield match.start(1), match.end(1)
    for match in re.finditer(r"[:：]\s*([^()\[\]:：]{6,300})", text):
        yield match.start(1), match.end(1)


def _is_split(text: str, start: int, end: int, inside: list[Quantity]) -> bool:
    """Whether a stretch is nothing but named shares of one thing: sources of money, or said to be shares."""
    position, labels = start, []
    for one in inside:
        words = text[position : one.start].strip(" ,·/+및")
        if not words or len(words) > 20 or re.search(r"\d|률|율|증가|감소|→", words):
            return False
        labels.append(words)
        position = one.end
    if len(set(labels)) < len(labels):
        return False
    named = {word for source in sources().values() for word in (source.id, *source.synonyms)}
    money = all(label.strip(" :비") in named or label in named for label in labels)
    return money or bool(_WHOLES.search(text[max(0, start - 25) : start]))


def faults_of(book: Book) -> Iterator[AuditFinding]:
    """Stated values that are shares over 100 %, and complexes whose shares of one whole are together."""
    by_measure: dict[str, list[Statement]] = defaultdict(list)
    complexes = {one.id for one in book.complexes}
    for one in book.statements:
        if one.unit != "%" or one.value is None:
            continue
        if one.kind is Kind.BASE and one.subject in complexes:
            by_measure[one.measure].append(one)
        if (
            one.value > 100
            and (BOUNDED.search(one.measure) or one.kind is Kind.BASE)
            and not _UNBOUNDED.search(one.measure)
        ):
            yield make_finding(
                "share-over",
                book.plan.id,
                one.subject,
                f"{one.kind}|{one.measure}|{one.period}",
                Text(
                    f"'{one.measure}' {shown(one.value)}%: 전체 가운데 차지하는 비율인데 100%를 넘습니다.",
                    f"'{one.measure}' {shown(one.value)} %: it is a share of a whole, yet over 100 %.",
                ),
                [Input(Text("비율", "Share"), one.value, "%", one.origin)],
            )
    for measure, several in by_measure.items():
        latest = {one.subject: one for one in several}
        total = sum(one.value or 0 for one in latest.values())
        if len(latest) > 1 and total > 100.5 and all((one.value or 0) <= 100 for one in latest.values()):
            yield make_finding(
                "shares-over",
                book.plan.id,
                book.plan.id,
                f"complexes|{measure}",
                Text(
                    f"단지들의 '{measure}' 비중을 더하면 {percent(total)}로 100%를 넘습니다.",
                    f"The complexes' shares of '{measure}' add up to {percent(total)}, over 100 %.",
                ),
                [Input(Text("비중", "Share"), one.value, "%", one.origin) for one in latest.values()],
            )
