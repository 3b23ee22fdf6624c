"""Figures in running text: a sentence, a list item, a cell that holds words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sandan.programme.engine.figures.amounts import Amount, scan_amounts, settle
from sandan.programme.engine.figures.context import Context
from sandan.programme.engine.figures.kinds import Situation, is_goal, kind_of
from sandan.programme.engine.figures.measures import measure_before, measure_of, money_measure
from sandan.programme.engine.figures.periods import Moment, blank, find_moments, span_of_years
from sandan.programme.engine.figures.shares import Share, named_parts, shares_behind
from sandan.programme.engine.figures.vocabulary import holds, plain, source_of, tight, words
from sandan.programme.engine.reading.people import strip_people
from sandan.programme.model.documents import FoundFigure
from sandan.programme.model.vocabulary import BEFORE, TOTAL, WON, Kind

_NOISE = re.compile(
    r"제\s?\d+(?:\s?[~·,]\s?\d+)*\s?(?:차|조|항|호|회|기|단계|대|장|절|편)?(?:의\d+)?"
    r"|[(<]\s?\d+\s?[)>]|「[^」]*」|『[^』]*』|[①-⑳]"
    r"|\d+\s?[~-]?\s?\d*\s?(?:차년도?|차로|층|단계|블[럭록]|번지|번길|교대|페이지|쪽|매(?![출입])|세대\s?(?:이동|통신))"
    r"|(?:지하|지상)\s?\d+\s?층?|(?:코로나|COVID)\s?-?\s?\d+|\d+\s?:\s?\d+|(?<![\d,.])\d{2,5}-\d{1,4}(?![\d,.])"
    r"|[가-힣]{1,6}(?:대로|로|길)\d+(?:번길)?(?=[\s,(]|$)|총\s?\d+\s?매"
    r"|(?:본문|참고|붙임)\s?\d+|\d+\s?차\s?(?:산업|년|공모|위원)|\d+(?:·|,)?\d*\s?차(?=\s)"
)
_ZERO = re.compile(r"(?P<name>[가-힣]+)\s*(?P<zero>ZERO|Zero|zero|제로)\s?(?:화|化|달성|\s|$|,|\))")
_ONE_PERSON = re.compile(r"1인\s?(?:기업|가구|창조|미디어|창업)")
_FLOOR = re.compile(r"(?:지하|지상)\s?\d+\s?층")
_DIVIDER = re.compile(r"[,;]|→|⇒|\s/\s")


@dataclass(frozen=True, slots=True)
class Place:
    """What a table says of the cell a text stands in; nothing for a line of its own."""

    labels: Sequence[str] = ()
    period: str | None = None
    source: str | None = None
    kind: Kind | None = None


def read_sentence(context: Context, text: str, place: Place | None = None) -> list[FoundFigure]:
    """Every figure in the text, left to right; dates, numbering, articles and floors are none."""
    return list(_Reader(context, text, place or Place()).read())


def read_unset(context: Context, text: str) -> list[FoundFigure]:
    """A target that the text says is not set yet: `매년 계획 수립 후 성과목표 확정`."""
    if not any(tight(phrase) in tight(text) for phrase in words("unset", "phrases")):
        return []
    measure = next(
        (label for label in reversed(context.labels) if holds(label, "kind", "target_labels")), "성과목표"
    )
    path = [cleaned(label) for label in context.labels]
    return [
        FoundFigure(
            document=context.document,
            line=context.line,
            text=cleaned(context.text),
            path=" > ".join([*path, measure] if path[-1:] != [measure] else path),
            kind=Kind.TARGET,
            source=None,
            period=None,
            value=None,
            unit="",
            measure=measure,
            printed="",
        )
    ]


def cleaned(text: str) -> str:
    """A text for keeping: without people, without doubled spaces and marks of emphasis."""
    return re.sub(r"\s+", " ", strip_people(text.replace("**", ""))[0]).strip()


class _Reader:
    """One pass over one text."""

    def __init__(self, context: Context, text: str, place: Place) -> None:
        self.context = context
        self.place = place
        self.text, self.mended = mend_noise(plain(text))
        self.moments = find_moments(self.text)
        self.clean = _without_noise(blank(self.text, self.moments))
        self.labels = [*context.labels, *place.labels]
        self.taken: list[tuple[int, int]] = []

    def read(self) -> Iterator[FoundFigure]:
        amounts = scan_amounts(self.clean)
        found: list[tuple[int, FoundFigure]] = []
        for at, amount in enumerate(amounts):
            if self._is_taken(amount.start):
                continue
            if amount.money or self._bare_money(amount):
                found += self._read_money(amounts, at)
            elif amount.unit:
                found += self._read_other(amounts, at)
        found += self._read_zero()
        for _, figure in sorted(found, key=lambda one: one[0]):
            yield figure

    def _is_taken(self, start: int) -> bool:
        return any(begin <= start < end for begin, end in self.taken)

    def _between(self, amounts: Sequence[Amount], at: int) -> tuple[str, str]:
        """The text between the neighbours of a number: before it and behind it."""
        begin = amounts[at - 1].end if at else 0
        end = amounts[at + 1].start if at + 1 < len(amounts) else len(self.clean)
        return self.clean[begin : amounts[at].start], self.clean[amounts[at].end : end]

    def _bare_money(self, amount: Amount) -> bool:
        """Whether a number without a unit stands right behind a field of money, under a stated unit."""
        if amount.unit or self.context.money is None or amount.value < 1:
            return False
        before = re.sub(r"[:\s(=]+$", "", self.clean[: amount.start])
        word = re.split(r"[\s,(:/·]+", before)[-1] if before else (self.labels[-1] if self.labels else "")
        return word in words("plain", "fields") or (source_of(word) is not None and len(word) > 1)

    def _read_money(self, amounts: Sequence[Amount], at: int) -> list[tuple[int, FoundFigure]]:
        amount = amounts[at]
        if not amount.unit and self.context.money:
            scale = self.context.money.scale
            amount = replace(amount, value=amount.value * scale, unit=WON, family="money", scale=scale)
        before, after = self._between(amounts, at)
        shares, end = shares_behind(self.clean_with_dates, amount)
        source, source_start = self._source_before(amount.start)
        situation = self._situation(before, after, amount, bool(shares or source))
        kind, sure = self.place.kind or kind_of(situation)[0], kind_of(situation)[1]
        if kind is Kind.BUDGET and self._is_cap(amount, before, after):
            kind, sure = Kind.BASE, True
        name = money_measure(before, self.labels) if kind is Kind.BUDGET else situation.measure
        period = self._period(amount, kind)
        found = [(amount.start, self._figure(amount, kind, name, period, source or self.place.source, sure))]
        if source is not None and source_start is not None:
            self.taken.append((source_start, amount.end))
        if shares and kind is Kind.BUDGET:
            self.taken.append((amount.end, end))
            found += [(share.start, self._share(share, name, period)) for share in shares]
        elif kind is Kind.BUDGET and self.context.money is None and amount.scale > 1:
            found += self._read_bare_parts(amounts, at, amount, name, period)
        return found

    @property
    def clean_with_dates(self) -> str:
        """The text with noise blank but years readable, for brackets split by year."""
        return _without_noise(self.text)

    def _read_bare_parts(
        self, amounts: Sequence[Amount], at: int, total: Amount, name: str, period: str | None
    ) -> list[tuple[int, FoundFigure]]:
        """`총사업비 702억원 : 국 442, 시 146` without a bracket: at least two bare parts."""
        end = next((one.start for one in amounts[at + 1 :] if one.unit), len(self.clean))
        shares = [one for one in named_parts(self.clean, total.end, end, total.scale) if not one.percent]
        if len(shares) < 2:
            return []
        self.taken.append((total.end, max(share.end for share in shares)))
        return [(share.start, self._share(share, name, period)) for share in shares]

    def _share(self, share: Share, name: str, period: str | None) -> FoundFigure:
        figure = self._make(
            Kind.BASE if share.percent else Kind.BUDGET,
            f"{name} 분담률" if share.percent else name,
            share.period or period,
            settle(share.value),
            "%" if share.percent else WON,
            share.printed,
        )
        source = share.source or TOTAL
        return replace(figure, source=None if share.percent else source)

    def _source_before(self, start: int) -> tuple[str | None, int | None]:
        """The source of money named right before a number: `국비 442억원`."""
        found = re.search(r"(?<![가-힣])([가-힣·]{2,6})\s*[:=]?\s*(?:약\s*)?$", self.clean[:start])
        if not found:
            return None, None
        return source_of(found[1]), found.start()

    def _situation(self, before: str, after: str, amount: Amount, shared: bool) -> Situation:
        sentence = self.clean.strip()
        head = self.clean[: amount.start]
        listed = len(sentence) < 70 and not re.search(r"(?:다|음|함)[.\"]?\s*$", sentence)
        return Situation(
            before=head[-40:] if ":" in head[-40:] else before,
            after=after,
            sentence=sentence,
            labels=[*self.labels, self._own_label(amount.start)],
            family="money" if amount.money else amount.family,
            measure=self._measure(before, after, amount),
            shared=shared,
            listed=listed,
        )

    def _own_label(self, start: int) -> str:
        """The last bracketed label before a number in its own line: `(기여도)`, `(목표)`."""
        item = re.split(r"\s[-·○*]\s", self.clean[:start])[-1]
        found = re.findall(r"[(\[]\s*([가-힣][가-힣\s·]{1,11})[)\]]", item)
        own = found[-1].strip() if found else ""
        if own in ("목표", "계획", "실적", "현재"):
            # `('25 목표) 1,500개`: which kind of value, not of what.
            own = ""
        return own or (self.labels[-1] if self.labels else "")

    def _measure(self, before: str, after: str, amount: Amount) -> str:
        own = self._own_label(amount.start)
        return measure_of(before, after, [*self.labels, own] if own else self.labels)

    def _read_other(self, amounts: Sequence[Amount], at: int) -> list[tuple[int, FoundFigure]]:
        amount = amounts[at]
        before, after = self._between(amounts, at)
        if _ONE_PERSON.match(self.clean, amount.start):
            return []
        situation = self._situation(before, after, amount, shared=False)
        previous = amounts[at - 1] if at else None
        inside = (
            re.fullmatch(r"\s*\(\s*(?:약|전국|비중)?\s*", before) and previous is not None and previous.unit
        )
        if inside and previous is not None:
            earlier, behind = self._between(amounts, at - 1)
            situation = replace(
                self._situation(earlier, behind + after, previous, shared=False), family=amount.family
            )
            situation = replace(situation, measure=f"{situation.measure} 비중")
        elif before.rstrip().endswith("(") and not measure_before(before):
            situation = replace(situation, measure=measure_before(before.rstrip(" (")) or situation.measure)
        kind, sure = kind_of(situation)
        if kind is Kind.PROGRESS and amount.family == "share" and self.place.labels:
            # `추진상황 | 추진 중(50%)`: the label says what the share is of.
            situation = replace(situation, measure=self.place.labels[-1])
        if amount.family == "share" and self._is_cap(amount, before, after):
            kind = Kind.BASE
        if kind is Kind.TARGET and self._is_earlier(amount):
            kind, sure = Kind.BASE, True
        if self.place.kind and not (kind is Kind.COUNT and self.place.kind is Kind.PROGRESS):
            kind, sure = self.place.kind, True
        return [
            (
                amount.start,
                self._figure(amount, kind, situation.measure, self._period(amount, kind), None, sure),
            )
        ]

    def _is_earlier(self, amount: Amount) -> bool:
        """Whether a number stands in a chain of which only a later one is called the goal."""
        following = self.clean[amount.end :]
        marked = re.search(r"→[^→]*[(\[][^()\[\]]*목표[^()\[\]]*[)\]]", following)
        before = self.clean[: amount.start].rpartition("→")[2]
        return bool(marked) and not re.search(r"[(\[][^()\[\]]*목표[^()\[\]]*[)\]]\s*$", before)

    def _read_zero(self) -> list[tuple[int, FoundFigure]]:
        """`안전사고 ZERO화`: a target of none."""
        found = []
        for match in _ZERO.finditer(self.clean):
            name = measure_before(self.clean[: match.end("name")]) or match["name"]
            goal = Situation(match["name"], "", self.clean, self.labels, "count", name)
            if not is_goal(goal):
                continue
            figure = self._make(Kind.TARGET, name, self.place.period, 0, "건", match["zero"])
            found.append((match.start(), figure))
        return found

    def _is_cap(self, amount: Amount, before: str, after: str) -> bool:
        """Whether money or a share is a limit of support, not somebody's budget."""
        if self.context.capped or self.context.says("cap", "labels", depth=1):
            return True
        near = before[-14:] + " " + after[:8]
        return holds(near, "cap", "words")

    def _period(self, amount: Amount, kind: Kind) -> str | None:
        if self.place.period:
            return self.place.period
        near = self._moment_before(amount.start)
        if kind is Kind.BUDGET:
            head = self.text[: amount.start].rsplit(":", 1)[0]
            if any(word in tight(head) for word in words("period", "before")):
                return BEFORE
            if near is None and (dated := self._label_moment(amount.start)):
                return dated[:4]
            if near and near.span and near.period and "~" in near.period:
                return "~".join(part[:4] for part in near.period.split("~"))
            if near and not near.span:
                return near.period[:4] if near.period and "Q" not in near.period else near.period
            span = span_of_years(self.text)
            if span and len(self.clean) < 90:
                return span
            return None if amount.ranged else TOTAL
        if near and near.period:
            return near.period
        if dated := self._label_moment(amount.start):
            return dated
        leading = self.moments[0] if self.moments and self.moments[0].start <= 3 else None
        if leading and leading.period and re.match(r"\s*\)?\s*:", self.text[leading.end :]):
            return leading.period
        return self.context.period if kind in (Kind.COUNT, Kind.PROGRESS) else None

    def _label_moment(self, start: int) -> str | None:
        """The one date in the label before a colon: `2024.3분기 이행률 : 64.2%`."""
        head, colon, _ = self.text[:start].rpartition(":")
        dated = [one for one in self.moments if one.end <= len(head) and one.period and not one.anchored]
        return dated[0].period if colon and len(dated) == 1 and not dated[0].span else None

    def _moment_before(self, start: int) -> Moment | None:
        """The date that a number belongs to: before it in its own clause, and no point of comparison."""
        for moment in reversed(self.moments):
            if moment.end > start or moment.period is None or moment.anchored:
                continue
            between = self.clean[moment.end : start]
            if _DIVIDER.search(between) or ":" in between or re.search(r"\d", between):
                return None
            return moment
        return None

    def _figure(
        self, amount: Amount, kind: Kind, measure: str, period: str | None, source: str | None, sure: bool
    ) -> FoundFigure:
        figure = self._make(kind, measure, period, amount.number, amount.unit, amount.printed)
        sure = (
            sure
            and not amount.ranged
            and not any(a < amount.end and amount.start < b for a, b in self.mended)
        )
        if kind is Kind.BUDGET and amount.money:
            return replace(figure, source=source or TOTAL, sure=sure)
        return replace(figure, sure=sure)

    def _make(
        self,
        kind: Kind,
        measure: str,
        period: str | None,
        value: int | float | Decimal,
        unit: str,
        printed: str,
    ) -> FoundFigure:
        number = settle(value) if isinstance(value, Decimal) else value
        path = [cleaned(label) for label in self.labels]
        own = self._own_path(printed)
        for name in (*own, measure):
            if name and (not path or path[-1] != name):
                path.append(cleaned(name))
        return FoundFigure(
            document=self.context.document,
            line=self.context.line,
            text=cleaned(self.context.text),
            path=" > ".join(part for part in path if part),
            kind=kind,
            source=None,
            period=period,
            value=number,
            unit=unit,
            measure=cleaned(measure),
            printed=printed,
        )

    def _own_path(self, printed: str) -> list[str]:
        """A name at the head of a cell before its bracketed label: `창원국가산업단지 (기여도) …`."""
        found = re.match(r"\s*([가-힣A-Za-z0-9·\s]{3,30}?)\s*\([가-힣]{2,6}\)", self.text)
        if found and printed not in found[0]:
            return [found[1].strip()]
        return []


_LETTER = re.compile(r"(?<=[\d,.])[OoIl](?=[\dOoIl,.\s가-힣%)]|$)")
_GAP = re.compile(
    r"(?<![\d,.])(?P<head>\d{1,2})\s(?P<tail>\d{1,2},\d{3}(?!\d)|,\d{3}(?!\d))"
    r"|(?<![\d,.])(?P<ten>\d)\s(?P<one>\d)(?=\s?%)"
)


def mend_noise(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A text with the numbers that OCR spoilt put right, of the same length, and where they are.

    `6,OOO` is 6,000, `1 2,300` is 12,300 unless the line begins with it, `4 2 %` is 42 %.
    """
    places: list[tuple[int, int]] = []
    clean = text
    while (found := _LETTER.search(clean)) is not None:
        digit = "0" if found[0] in "Oo" else "1"
        places.append((found.start(), found.end()))
        clean = clean[: found.start()] + digit + clean[found.end() :]

    def join(match: re.Match[str]) -> str:
        head, tail = match["head"] or match["ten"], match["tail"] or match["one"]
        if not clean[: match.start()].strip() or len(head + tail.split(",")[0]) > 3:
            return match[0]
        places.append((match.start(), match.end()))
        return f" {head}{tail}"

    return _GAP.sub(join, clean), places


def _without_noise(text: str) -> str:
    """The text with everything blank that has digits but is no figure."""
    return _NOISE.sub(lambda found: re.sub(r"\d", " ", found[0]), text)


def floors_in(text: str) -> bool:
    """Whether a line counts floors, which are kept nowhere."""
    return bool(_FLOOR.search(plain(text)))


def worth_a_look(text: str) -> bool:
    """Whether a text that gave no figure has a number with a unit in it, or blacked-out cells."""
    clean = plain(text)
    amounts = scan_amounts(_without_noise(blank(clean, find_moments(clean))))
    return any(amount.unit for amount in amounts) or is_hidden(text)


def is_hidden(text: str) -> bool:
    """Whether cells of a line are blacked out."""
    return any(word in text for word in words("blacked", "phrases"))
