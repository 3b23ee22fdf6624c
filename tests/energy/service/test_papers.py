"""Papers become final, are restated with a reason, and registers keep their editions."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from sandan.access import Actor, Role
from sandan.energy.model.papers import PaperKind
from sandan.energy.model.rights import METER
from sandan.energy.records import papers as kept
from sandan.energy.service.papers import Papers
from sandan.energy.service.registers import Register
from sandan.errors import Conflict, InvalidInput, NotAllowed

ENERGY = Actor("energy", "에너지 담당", frozenset({Role.ENERGY}))
FIRM = Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1")
NOW = datetime(2026, 10, 14, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What the papers of this test say."""

    won: int
    parts: tuple[tuple[str, float | None], ...] = ()


PAPERS = Papers(PaperKind.SHARING, Said, "BillClosed")
MEMBERS = Register("energy.test", Said(0), METER, "TariffChanged")


def finish(store, body, seen=0, reason="", period="2026-09", tenant=None):
    """A version of the network's paper."""
    with store.registry.write() as conn:
        return PAPERS.finish(
            store, conn, ENERGY, "net", period, body, NOW, seen=seen, reason=reason, tenant=tenant
        )


def test_a_paper_is_restated_as_a_new_version_chained_to_the_old(store):
    """Both stay readable as they were said; whoever saw an old version is refused."""
    first = finish(store, Said(10, (("a", 0.1), ("b", None))))
    with pytest.raises(Conflict):
        finish(store, Said(11))
    with pytest.raises(Conflict):
        finish(store, first.body, seen=1, reason="다시")
    with pytest.raises(InvalidInput):
        finish(store, Said(11), seen=1)
    second = finish(store, Said(11), seen=1, reason="늦은 검침")
    with store.registry.read() as conn:
        assert PAPERS.versions(conn, "net", "2026-09") == [first, second]
        assert second.previous == first.hash
        assert PAPERS.newest(conn) == [second]
        assert all(PAPERS.whole(conn, one) for one in (first, second))


def test_the_newest_papers_are_those_of_each_period_and_of_one_firm(store):
    """A firm's question never finds another firm's paper."""
    mine = finish(store, Said(1), period="2026-08", tenant=None)
    late = finish(store, Said(2), period="2026-09")
    with store.registry.read() as conn:
        assert PAPERS.newest(conn, subject="net") == [late, mine]
        assert PAPERS.newest(conn, tenant="firm-1") == []


def test_the_database_refuses_to_change_or_remove_a_paper(store):
    """Whoever writes to it."""
    finish(store, Said(10))
    for change in (
        sa.update(kept.paper).values(reason="달리"),
        sa.delete(kept.paper),
    ):
        with pytest.raises(Conflict), store.registry.write() as conn:
            conn.execute(change)


def test_a_register_keeps_every_edition_and_needs_right_reason_and_the_newest_base(store):
    """The empty edition is version 0."""
    with pytest.raises(NotAllowed):
        MEMBERS.put(store, FIRM, 0, Said(1), "까닭", NOW)
    with pytest.raises(InvalidInput):
        MEMBERS.put(store, ENERGY, 0, Said(1), " ", NOW)
    MEMBERS.put(store, ENERGY, 0, Said(1, (("a", 2.0),)), "협약", NOW)
    with pytest.raises(Conflict):
        MEMBERS.put(store, ENERGY, 0, Said(2), "협약", NOW)
    MEMBERS.put(store, ENERGY, 1, Said(2), "개정", NOW)
    with store.registry.read() as conn:
        assert [one.body.won for one in MEMBERS.editions(store, conn)] == [0, 1, 2]
        assert MEMBERS.in_force(store, conn, 1).body.parts == (("a", 2.0),)
        assert MEMBERS.in_force(store, conn).by == "energy"
