"""Shared periods made final: papers of the whole network, and what of them one firm may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.energy.engine.months import last_day, month_of, moved
from sandan.energy.engine.sharing import changes
from sandan.energy.model.circulation import LineChange, SharingStatement
from sandan.energy.model.papers import Paper, PaperKind
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.service.papers import Papers
from sandan.energy.service.sharing import AGREEMENT, in_force_on
from sandan.energy.service.surplus import DAY, MONTH, period_named, read_period, share
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.store import Store
from sandan.words import Language, Text

NETWORK = "network"
PAPERS = Papers(PaperKind.SHARING, SharingStatement, "SharingSettled")


@dataclass(frozen=True, slots=True)
class Opened:
    """One version of a paper, with all there are and what it changed."""

    paper: Paper[SharingStatement]
    versions: Sequence[Paper[SharingStatement]]
    changed: Sequence[LineChange]
    """Against the version before."""
    whole: bool
    """Whether the kept row is what its hash was made from."""


def finish(
    store: Store, actor: Actor, text: str, seen: int, reason: str, now: datetime
) -> Paper[SharingStatement]:
    """Make a period final that is over, or restate it; `seen` is the newest version the person knew of.

    `Conflict` while it runs, or when a day of a final month, or a month with a final day, is asked for:
    nothing is settled twice. `InvalidInput` says what is missing.
    """
    actor.require(TRADE)
    whole, _, _ = period_named(text)
    if now < whole.end:
        raise Conflict(Text(f"{text} 기간이 아직 끝나지 않았습니다.", f"{text} is not over yet."))
    # Shapley's may take seconds: nobody else's writing waits for it.
    with store.registry.read() as conn:
        read = read_period(store, conn, text, now)
    made = share(read, others=False).agreed
    if made is None and read.findings:
        raise InvalidInput(read.findings)
    if made is None:
        raise Conflict(Text("이 기간에는 협약이 없습니다.", "No agreement was in force in that period."))
    with store.registry.write() as conn:
        _not_twice(conn, text)
        return PAPERS.finish(
            store,
            conn,
            actor,
            NETWORK,
            text,
            made,
            now,
            seen=seen,
            reason=reason,
            simulated=read.simulated,
            payload={"received": round(made.received / 1000), "value": made.value},
        )


def _not_twice(conn: Connection, text: str) -> None:
    """A month's final covers its days, and the other way round."""
    for one in PAPERS.newest(conn, subject=NETWORK):
        overlaps = one.period != text and (one.period.startswith(text) or text.startswith(one.period))
        if overlaps and {len(one.period), len(text)} == {MONTH, DAY}:
            raise Conflict(
                Text(
                    f"{one.period}이(가) 이미 확정되었습니다. 같은 날을 두 번 정산할 수 없습니다.",
                    f"{one.period} is final already; the same day cannot be settled twice.",
                )
            )


def waiting(store: Store, actor: Actor, now: datetime) -> str | None:
    """What is over and could be made final: last month, or where days are settled, yesterday."""
    actor.require(SEE)
    with store.registry.read() as conn:
        done = {one.period for one in PAPERS.newest(conn, subject=NETWORK)}
        editions = AGREEMENT.editions(store, conn)
    today = now.astimezone(SEOUL).date()
    yesterday, last = today - timedelta(days=1), moved(month_of(now), -1)
    month = f"{last[0]}-{last[1]:02}"
    for text, day in ((month, last_day(last)), (yesterday.isoformat(), yesterday)):
        held = in_force_on(editions, day)
        settled = any(one.startswith(text) for one in done) or text[:MONTH] in done
        by_days = any(len(one) == DAY for one in done)
        if held is not None and held.body.members and not settled and (len(text) == MONTH or by_days):
            return text
    return None


def papers(store: Store, actor: Actor) -> list[Paper[SharingStatement]]:
    """The newest version of every period; a firm reads its own lines only."""
    actor.require(SEE)
    with store.registry.read() as conn:
        found = PAPERS.newest(conn, subject=NETWORK)
    mine = [_for(actor, one) for one in found]
    return [one for one in mine if one.body.members or actor.tenant is None]


def versions_of(store: Store, actor: Actor, text: str) -> int:
    """How many versions of a period there are."""
    actor.require(SEE)
    with store.registry.read() as conn:
        return len(PAPERS.versions(conn, NETWORK, text))


def open_paper(store: Store, actor: Actor, text: str, version: int | None = None) -> Opened:
    """A version of a period's paper, the newest if none is named; `NotFound` where there is none."""
    actor.require(SEE)
    with store.registry.read() as conn:
        kept = PAPERS.versions(conn, NETWORK, text)
        if not kept or not 1 <= (version or len(kept)) <= len(kept):
            raise NotFound(Text("나눔 정산서", "settlement"), f"{text} {version or ''}".strip())
        at = (version or len(kept)) - 1
        whole = PAPERS.whole(conn, kept[at])
    one = _for(actor, kept[at])
    if actor.tenant is not None and not one.body.members:
        raise NotFound(Text("나눔 정산서", "settlement"), text)
    before = _for(actor, kept[at - 1]).body if at else None
    versions = [_for(actor, each) for each in kept]
    return Opened(one, versions, changes(before, one.body) if before else (), whole)


def check_again(store: Store, actor: Actor, text: str, version: int) -> bool:
    """Whether the readings, prices, limits and terms as known when it was made still give its inputs."""
    actor.require(TRADE)
    with store.registry.read() as conn:
        kept = PAPERS.versions(conn, NETWORK, text)
        if not 1 <= version <= len(kept):
            raise NotFound(Text("나눔 정산서", "settlement"), f"{text} {version}")
        paper = kept[version - 1]
        # An edition written since would not have been in force on any of its days then.
        newest = max(one.edition for one in paper.body.parts)
        made = share(read_period(store, conn, text, paper.known_at, newest=newest), others=False).agreed
    return made is not None and [one.inputs for one in made.parts] == [one.inputs for one in paper.body.parts]


def mine_of(actor: Actor, made: SharingStatement) -> SharingStatement:
    """A statement as this actor may read it: a firm its own lines, with no sums that tell of others."""
    if actor.tenant is None:
        return made
    own = tuple(one for one in made.members if one.firm == actor.tenant)
    return replace(made, members=own, feeders=(), rent=0, value=sum(one.saving for one in own))


def rows_of(made: SharingStatement, language: Language, *, rent: bool = True) -> list[list[object]]:
    """The lines for a spreadsheet: a heading, the members, and with `rent` what is the complex's."""
    heads = [
        Text("계량기", "meter"),
        Text("참여기업", "member"),
        Text("잉여 Wh", "surplus Wh"),
        Text("부족 Wh", "need Wh"),
        Text("준 전력량 Wh", "given Wh"),
        Text("받은 전력량 Wh", "received Wh"),
        Text("정산금 원", "paid won"),
        Text("계통에서 샀다면 원", "from the grid won"),
        Text("계통에 팔았다면 원", "to the grid won"),
        Text("이득 원", "saving won"),
        Text("표준오차 원", "standard error won"),
        Text("15분", "quarter-hours"),
        Text("결측 15분", "missing quarter-hours"),
    ]
    rows: list[list[object]] = [[one.in_(language) for one in heads]]
    for one in made.members:
        rows.append(
            [
                one.meter,
                one.name,
                one.surplus,
                one.need,
                one.given,
                one.received,
                one.won,
                one.avoided,
                one.forgone,
                one.saving,
                round(one.error, 1),
                one.slots,
                one.missing,
            ]
        )
    if rent:
        name = Text("혼잡수입 (단지)", "rent (the complex's)").in_(language)
        rows.append([None, name, None, None, None, None, made.rent])
    return rows


def _for(actor: Actor, one: Paper[SharingStatement]) -> Paper[SharingStatement]:
    return replace(one, body=mine_of(actor, one.body))
