"""Percentages in running text: which numbers a sentence says they follow from, and whether they do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sandan.programme.engine.findings.passages import Passage, label_of, quote
from sandan.programme.engine.findings.percentages import (
    Fault,
    Slip,
    check_change,
    check_points,
    check_share,
    mean_of_rates,
)
from sandan.programme.engine.findings.printed import Printed, percent
from sandan.programme.engine.findings.quantities import Quantity, between, read_quantities, said, same_family
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.model.audit import AuditFinding, Input
from sandan.words import Text

_ARROW = re.compile(r"^[^\d.]{0,15}?(?:→|⇒|➔|➜|➡|->|=>|▶|⟶)[^.]{0,25}$")
_FROM = re.compile(
    r"^\s*(?:\([^)]{0,30}\)|\[[^\]]{0,30}\])?\s*(?:에서|이던|였던|이었던|수준에서)(?![가-힣]*중)[^.]{0,30}$"
)
_AGAINST = re.compile(r"^[^\d.]{0,12}?(?:대비|보다|에 비해|에 비하여)")
_DOWN = re.compile(r"감소|저감|절감|감축|줄어|줄였|줄이|줄었|하락|축소|단축|낮아|낮추|낮췄|인하|급감|↓")
_UP = re.compile(r"증가|늘어|늘었|늘려|상승|확대|향상|증대|성장|급증|높아|높였|개선|↑")
_TURN = re.compile(r"변화|변동|증감|개선")
_STOP = re.compile(r"다\.\s|[。;]|[.!?]\s+[가-힣A-Z]|\s[○□■•]\s|\|")
_OF = re.compile(r"^(?:[^\d.%]{0,20}[\s)])?\s*(?:중|가운데|中)(?:에서|에|의)?(?=[\s,\d(])[^.]{0,40}$")
_SLASH = re.compile(r"^\s*/\s*$")
_GAP = 40
_CHANGED_BY = re.compile(r"^\s*(?:가|이|를|을|씩|나|p|포인트)?\s*(?:이상|가까이|정도|가량)?\s*")


@dataclass(frozen=True, slots=True)
class _Claim:
    """A printed percentage with the numbers the text gives for it."""

    rule: str
    fault: Fault
    stated: Quantity
    inputs: tuple[tuple[Text, Quantity], ...]
    recomputed: Text


_BEFORE, _AFTER = Text("이전 값", "Before"), Text("이후 값", "After")
_PART, _WHOLE, _TARGET = Text("분자", "Numerator"), Text("분모", "Denominator"), Text("목표", "Target")
_STATED = Text("적힌 비율", "Printed")


def faults_in(passage: Passage, plan: str, subject: str) -> Iterator[AuditFinding]:
    """Findings for every percentage of a passage that does not follow from its own numbers."""
    text = passage.text
    if "%" not in text and "％" not in text and "퍼센트" not in text:
        return
    found = read_quantities(text)
    seen: set[int] = set()
    for claim in (*_changes(text, found), *_shares(text, found), *_named_rates(text, found)):
        if claim.stated.start in seen:
            continue
        seen.add(claim.stated.start)
        yield _finding(passage, claim, plan, subject)


def _finding(passage: Passage, claim: _Claim, plan: str, subject: str) -> AuditFinding:
    text = passage.text
    first = min(quantity.start for _, quantity in (*claim.inputs, (_STATED, claim.stated)))
    last = max(quantity.end for _, quantity in (*claim.inputs, (_STATED, claim.stated)))
    quoted, stated = quote(text, first, last), said(text, claim.stated)
    return make_finding(
        claim.rule,
        plan,
        subject,
        label_of(text[max(0, first - 40) : last]),
        Text(
            f"'{quoted}': {claim.recomputed.ko} {stated}로 적혀 있습니다. {claim.fault.explanation.ko}",
            f"'{quoted}': {claim.recomputed.en}, but {stated} is printed. {claim.fault.explanation.en}",
        ),
        [
            Input(name, one.number.value, one.unit.unit if one.unit else "", passage.origin(one.start))
            for name, one in (*claim.inputs, (_STATED, claim.stated))
        ],
        passage.origin(claim.stated.start),
    )


def _changes(text: str, found: list[Quantity]) -> Iterator[_Claim]:
    pairs = list(_pairs(text, found))
    for several in _together(text, found, pairs):
        yield from several
    for index, (before, after) in enumerate(pairs):
        following = [one for one in found if one.start >= after.end]
        # A pair that goes on to the next is a chain: the change may be over the whole of it.
        if index + 1 < len(pairs) and pairs[index + 1][0] is after:
            continue
        starts = [before]
        for earlier in reversed(pairs[:index]):
            if earlier[1] is starts[-1]:
                starts.append(earlier[0])
        stated = following[0] if following else None
        if stated is None or stated.family not in ("percent", "points"):
            continue
        if not _is_stated_change(text, after, stated):
            continue
        claims = [_change(text, start, after, stated) for start in starts]
        if all(claims) and claims[-1] is not None:
            yield claims[-1]
    yield from _against(text, found)


def _pairs(text: str, found: list[Quantity]) -> Iterator[tuple[Quantity, Quantity]]:
    for before, after in pairwise(found):
        words = between(text, before, after)
        if (
            (_ARROW.match(words) or _FROM.match(words))
            and not _STOP.search(words)
            and same_family(before, after)
        ):
            yield before, after


def _together(
    text: str, found: list[Quantity], pairs: list[tuple[Quantity, Quantity]]
) -> Iterator[list[_Claim]]:
    """'A→B, C→D 로 각각 x %, y %': as many percentages as pairs, in their order."""
    for match in re.finditer("각각", text):
        earlier = [pair for pair in pairs if pair[1].end <= match.start()]
        stated: list[Quantity] = []
        for one in (one for one in found if one.start >= match.end()):
            if one.family not in ("percent", "points"):
                break
            stated.append(one)
        if len(stated) > 1 and len(earlier) >= len(stated):
            claims = [
                _change(text, *pair, one) for pair, one in zip(earlier[-len(stated) :], stated, strict=True)
            ]
            yield [claim for claim in claims if claim]


def _is_stated_change(text: str, after: Quantity, stated: Quantity) -> bool:
    """Whether a percentage is the change: near, in the same sentence, with a word or sign of change."""
    words = between(text, after, stated)
    if len(words) > _GAP or _STOP.search(words) or "각각" in words:
        return False
    following = text[stated.end : stated.end + 14]
    told = _DOWN.search(words + following) or _UP.search(words + following) or _TURN.search(words + following)
    return bool(told or stated.sign or text[stated.end - 20 : stated.start].rstrip().endswith(("(", "[")))


def _direction(text: str, before: Quantity, stated: Quantity) -> int:
    """-1 for less, 1 for more, 0 when the words say neither or both."""
    if stated.sign:
        return -1 if stated.sign == "-" else 1
    words = text[before.end : stated.end + 14]
    down, up = bool(_DOWN.search(words)), bool(_UP.search(words)) and "개선" not in words
    return up - down


def _change(text: str, before: Quantity, after: Quantity, stated: Quantity) -> _Claim | None:
    first, second = before.scaled, after.scaled
    if not before.unit and after.unit:
        first = Printed(first.value * after.unit.scale, first.half * after.unit.scale, first.decimals)
    if stated.family == "points":
        if before.family != "percent" and after.family != "percent":
            return None
        fault = check_points(first, second, stated.number)
        recomputed = Text(
            f"차이는 {second.value - first.value:+.1f}%p인데",
            f"the difference is {second.value - first.value:+.1f} points",
        )
    else:
        fault = check_change(first, second, stated.number, direction=_direction(text, before, stated))
        change = (second.value - first.value) / first.value * 100 if first.value else 0.0
        recomputed = Text(f"다시 계산하면 {percent(change)}인데", f"recomputed it is {percent(change)}")
    if fault is None:
        return None
    return _Claim("change", fault, stated, ((_BEFORE, before), (_AFTER, after)), recomputed)


def _against(text: str, found: list[Quantity]) -> Iterator[_Claim]:
    """'1,356건 대비 60 % 감소한 847건'."""
    for before, stated, after in zip(found, found[1:], found[2:], strict=False):
        if stated.family != "percent" or after.family == "percent" or before.family != after.family:
            continue
        words, then = between(text, before, stated), between(text, stated, after)
        if not before.family or not _AGAINST.match(words) or len(words) > _GAP or _STOP.search(words + then):
            continue
        if len(then) <= 20 and re.match(r"^\s*(?:가|이|를)?\s*[가-힣]{2,3}(?:한|된|하여|해|으로|로)", then):
            if not (_DOWN.search(then) or _UP.search(then)):
                continue
            claim = _change(text, before, after, stated)
            if claim:
                yield claim


def _shares(text: str, found: list[Quantity]) -> Iterator[_Claim]:
    for index, whole in enumerate(found[:-1]):
        if whole.family in ("percent", "points", "times"):
            continue
        first = found[index + 1]
        words = between(text, whole, first)
        if _OF.match(words) and not _STOP.search(words):
            if first.family == "percent":
                continue
            yield from _parts_of(text, whole, found[index + 1 :])
        elif _SLASH.match(words) and index + 2 < len(found):
            yield from _slashed(text, found, index)
    yield from _bracketed(text, found)


def _parts_of(text: str, whole: Quantity, rest: list[Quantity]) -> Iterator[_Claim]:
    """'79건 중 완료 54건(68.4 %), 추진 20건(25.3 %)': a percentage right behind each part."""
    position = whole.end
    for part, stated in pairwise(rest):
        if _STOP.search(text[position : stated.start]) or part.start - whole.end > 300:
            return
        position = part.end
        if part.family == "percent":
            continue
        if not same_family(whole, part) or part.scaled.value > whole.scaled.value:
            return
        if stated.family == "percent" and len(between(text, part, stated)) <= _GAP:
            if _changed(text, stated):
                return
            claim = _share(part, whole, stated)
            if claim:
                yield claim
            if whole.unit and part.unit and part.unit.unit != whole.unit.unit:
                return


def _slashed(text: str, found: list[Quantity], index: int) -> Iterator[_Claim]:
    """'54/79건(67.1 %)' and '67.1 %(54/79)'."""
    part, whole = found[index], found[index + 1]
    nearby = [found[index + 2]] if index + 2 < len(found) else []
    if part.number.value > whole.number.value:
        return
    for stated in nearby:
        if (
            stated.family == "percent"
            and len(between(text, whole, stated)) <= 12
            and not _STOP.search(between(text, whole, stated))
            and not _changed(text, stated)
        ):
            claim = _share(part, whole, stated)
            if claim:
                yield claim


def _bracketed(text: str, found: list[Quantity]) -> Iterator[_Claim]:
    """'67.1 %(54건/79건)' and '67.1 %(79건 중 54건)'."""
    for stated, first, second in zip(found, found[1:], found[2:], strict=False):
        if stated.family != "percent" or first.family == "percent" or second.family == "percent":
            continue
        if not re.match(r"^\s*[(\[]\s*[^\d)\]]{0,12}$", between(text, stated, first)):
            continue
        words = between(text, first, second)
        if _SLASH.match(words):
            part, whole = first, second
        elif _OF.match(words):
            part, whole = second, first
        else:
            continue
        if part.scaled.value <= whole.scaled.value and not _changed(text, stated):
            claim = _share(part, whole, stated)
            if claim:
                yield claim


def _changed(text: str, stated: Quantity) -> bool:
    """Whether a percentage says how something changed instead of how much of it there is."""
    following = text[stated.end : stated.end + 12]
    rest = following[_CHANGED_BY.match(following).end() :] if _CHANGED_BY.match(following) else following  # type: ignore[union-attr]
    return bool(_DOWN.match(rest) or _UP.match(rest))


def _share(part: Quantity, whole: Quantity, stated: Quantity) -> _Claim | None:
    fault = check_share(part.scaled, whole.scaled, stated.number)
    if fault is None or fault.recomputed is None:
        return None
    return _Claim(
        "ratio",
        fault,
        stated,
        ((_PART, part), (_WHOLE, whole)),
        Text(
            f"다시 계산하면 {percent(fault.recomputed)}인데", f"recomputed it is {percent(fault.recomputed)}"
        ),
    )


_RATE = re.compile(r"([가-힣]{2,8})(?:률|율)\s*(?:은|는|이|가|:|：|을|를)?\s*(?:약\s*|평균\s*)?$")
_PLANNED = re.compile(r"목표|계획|예정")
_EVERYBODY = re.compile(r"수료|교육|훈련|양성|참여|참가|전체|총|대상|모집|지원|신청|등록|입주|응답")
_OF_TARGET = ("달성", "이행", "목표", "진척", "집행", "추진")


def _named_rates(text: str, found: list[Quantity]) -> Iterator[_Claim]:
    """'교육 901명, 취업 목표 278명, 취업 73명(취업률 27 %)': a rate by its name."""
    for stated in found:
        if stated.family != "percent":
            continue
        named = _RATE.search(text[max(0, stated.start - 24) : stated.start])
        if named is None or named[1].endswith(_OF_TARGET) or _changed(text, stated):
            continue
        claim = _named_rate(text, found, stated, named[1][-2:])
        if claim:
            yield claim


def _named_rate(text: str, found: list[Quantity], stated: Quantity, stem: str) -> _Claim | None:
    parts, targets, wholes = [], [], []
    for one in found:
        if one.unit is None or not one.unit.exact:
            continue
        label = _label(text, found, one)
        if _PLANNED.search(label):
            targets.append(one)
        elif stem in label:
            parts.append(one)
        elif _EVERYBODY.search(label):
            wholes.append(one)
    if not parts or not (targets or wholes):
        return None
    if len({one.family for one in (*parts, *targets, *wholes)}) > 1:
        return None
    part, target, whole = (
        _sum(parts),
        _sum(targets),
        max((one.number for one in wholes), key=_value, default=None),
    )
    fault = check_share(part, whole, stated.number, target=target)
    if fault is None:
        return None
    explanation = fault.explanation
    pairs = [(n.number, d.number) for n, d in zip(parts, targets, strict=False)]
    if (
        fault.slip in (Slip.TARGET, Slip.UNKNOWN)
        and len(parts) == len(targets)
        and mean_of_rates(pairs, stated.number)
    ):
        explanation = Text(
            explanation.ko + " 또한 각 비율의 단순 평균과 같습니다.",
            explanation.en + " It equals the plain mean of the single rates as well.",
        )
    value = fault.recomputed
    recomputed = (
        Text(
            f"전체를 분모로 다시 계산하면 {percent(value)}인데", f"recomputed over all it is {percent(value)}"
        )
        if value is not None
        else Text("분모가 되어야 할 전체는 적혀 있지 않으며", "the whole it should be of is not stated")
    )
    return _Claim(
        "ratio",
        Fault(fault.slip, value, explanation),
        stated,
        (
            *((_PART, one) for one in parts),
            *((_TARGET, one) for one in targets),
            *((_WHOLE, one) for one in wholes),
        ),
        recomputed,
    )


def _label(text: str, found: list[Quantity], one: Quantity) -> str:
    """The words a number belongs to: before it, back to the last number or comma; and the next word."""
    earlier = max((other.end for other in found if other.end <= one.start), default=0)
    ahead = re.split(r"[,.;·()\[\]]", text[earlier : one.start])[-1].strip()
    if ahead and ahead not in ("중", "가운데", "중에서", "대비"):
        return ahead
    return re.split(r"[,.;·()\[\]\d]", text[one.end : one.end + 8])[0]


def _sum(found: list[Quantity]) -> Printed:
    return Printed(sum(one.number.value for one in found), sum(one.number.half for one in found))


def _value(number: Printed) -> float:
    return number.value
