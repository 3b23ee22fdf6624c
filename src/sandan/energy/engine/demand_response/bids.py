"""What may be offered and asked for, and who is asked for how much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from sandan.energy.engine.apportion import divide
from sandan.energy.engine.demand_response.rules import limits, working_day
from sandan.energy.model.demand_response import Award, Bid, Enrolment, Limits, Notice, Programme
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

SEOUL = timedelta(hours=9)


def check_bid(bid: Bid, holidays: frozenset[date], banned_until: date | None = None) -> None:
    """Raise `InvalidInput` with everything that keeps this bid from being taken.

    Whole MW from one on, by 10:00 of the day before, for hours within 09–20 of a working day, by a resource
    that is not banned.
    """
    rule = limits(bid.day)
    closes = (
        datetime.combine(bid.day - timedelta(days=rule.bid_days_before), time(rule.bid_hour), UTC) - SEOUL
    )
    found = _when(bid.day, bid.hour, bid.hours, rule, holidays)
    if bid.mw != int(bid.mw) or bid.mw < rule.least_mw:
        found.append(
            Finding(
                "bid.mw",
                Text(f"{bid.mw:g} MW는 입찰할 수 없습니다.", f"{bid.mw:g} MW cannot be bid."),
                Text(
                    f"{rule.least_mw} MW 이상 1 MW 단위로 적으십시오.",
                    f"Bid whole MW from {rule.least_mw}.",
                ),
            )
        )
    if bid.sent_at > closes.timestamp() * 1000:
        found.append(
            Finding(
                "bid.sent_at",
                Text("입찰 마감이 지났습니다.", "The gate has closed."),
                Text(
                    f"하루 전 {rule.bid_hour}시까지 내십시오.",
                    f"Hand it in by {rule.bid_hour}:00 of the day before.",
                ),
            )
        )
    if banned_until is not None and bid.day < banned_until:
        found.append(
            Finding(
                "bid.resource",
                Text(
                    f"{banned_until:%Y-%m-%d} 전까지 입찰이 정지되었습니다.",
                    f"This resource may not bid before {banned_until:%Y-%m-%d}.",
                ),
                Text("정지가 끝난 뒤 내십시오.", "Bid when the ban has ended."),
            )
        )
    if found:
        raise InvalidInput(found)


def check_event(
    programme: Programme,
    day: date,
    hour: int,
    hours: int,
    holidays: frozenset[date],
    *,
    hours_this_year: int,
    events_this_day: int,
) -> None:
    """Raise `InvalidInput` with everything that forbids asking: day, hours, twice a day, 60 h a year.

    The year's hours are a limit of reliability events only.
    """
    rule = limits(day)
    found = _when(day, hour, hours, rule, holidays)
    if events_this_day >= rule.events_a_day:
        found.append(
            Finding(
                "event.day",
                Text(
                    f"하루 {rule.events_a_day}회까지 요청할 수 있습니다.",
                    f"At most {rule.events_a_day} events a day.",
                ),
                Text("다른 날로 옮기십시오.", "Choose another day."),
            )
        )
    if programme is Programme.RELIABILITY and hours_this_year + hours > rule.hours_a_year:
        found.append(
            Finding(
                "event.hours",
                Text(
                    f"올해 남은 시간은 {max(0, rule.hours_a_year - hours_this_year)}시간입니다.",
                    f"{max(0, rule.hours_a_year - hours_this_year)} hours are left this year.",
                ),
                Text("그 이하로 줄이십시오.", "Ask for no more than that."),
            )
        )
    if found:
        raise InvalidInput(found)


def check_award(bid: Bid, kw: int) -> Award:
    """What the market took; `InvalidInput` for more than was bid."""
    if not 0 < kw <= bid.mw * 1000:
        raise InvalidInput.because(
            "award.kw",
            Text(f"낙찰량 {kw:,} kW가 입찰량과 맞지 않습니다.", f"{kw:,} kW do not fit the bid."),
            Text("입찰량 이하로 적으십시오.", "Give no more than was bid."),
        )
    return Award(bid, kw)


def share_award(award: Award, enrolments: Sequence[Enrolment]) -> tuple[Notice, ...]:
    """One notice for each customer: whole kW in proportion to pledges, together the award exactly.

    Raises `InvalidInput` when less is pledged than was awarded.
    """
    pledged = sum(one.pledged for one in enrolments)
    if pledged < award.kw:
        raise InvalidInput.because(
            "award.kw",
            Text(
                f"약속량 합계 {pledged:,.0f} kW가 낙찰량 {award.kw:,} kW보다 적습니다.",
                f"{pledged:,.0f} kW are pledged, {award.kw:,} kW were awarded.",
            ),
            Text("고객을 더 지명하십시오.", "Name more customers."),
        )
    parts = divide(award.kw, {one.customer: Fraction(one.pledged) for one in enrolments})
    bid = award.bid
    return tuple(Notice(name, bid.day, bid.hour, bid.hours, kw) for name, kw in parts.items() if kw)


def _when(day: date, hour: int, hours: int, rule: Limits, holidays: frozenset[date]) -> list[Finding]:
    found = []
    if not working_day(day, holidays):
        found.append(
            Finding(
                "day",
                Text(f"{day:%Y-%m-%d}은(는) 평일이 아닙니다.", f"{day:%Y-%m-%d} is no working day."),
                Text("토요일과 공휴일이 아닌 날을 고르십시오.", "Choose a day that is none off."),
            )
        )
    if hours < 1 or hour < rule.first_hour or hour + hours > rule.last_hour:
        found.append(
            Finding(
                "hour",
                Text(
                    f"{hour}시부터 {hours}시간은 거래 시간을 벗어납니다.",
                    f"{hours} h from {hour}:00 are outside the market's hours.",
                ),
                Text(
                    f"{rule.first_hour}–{rule.last_hour}시 안에서 고르십시오.",
                    f"Stay within {rule.first_hour}–{rule.last_hour} h.",
                ),
            )
        )
    return found
