"""Devices, orders and overrides as they are kept, on both databases."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sandan.clock import milliseconds
from sandan.energy.model.dispatch import (
    Answer,
    Cut,
    Device,
    Limits,
    Mode,
    Order,
    Origin,
    Override,
    Sent,
    Standing,
    Stop,
    Via,
)
from sandan.energy.records import dispatch as records
from sandan.words import Text

NOW = datetime(2026, 3, 4, 0, 0, 5, 123_000, tzinfo=UTC)
AT = milliseconds(NOW)
LIMITS = Limits(50.0, 40.0, 200.0, ramp=5.0, export_cap=0.0)
DEVICE = Device("ess", "firm-1", Via.MODBUS, {"host": "h", "register": 4}, LIMITS, None, 120, 60, Mode.ARMED,
                3, NOW, "energy", "합의서")  # fmt: skip
DONE = Answer(True, Text("됨", "done"))


def test_a_device_is_read_as_it_was_kept(registry):
    """Limits, settings and terms; by firm, and the armed alone."""
    with registry.write() as conn:
        records.put_device(conn, DEVICE)
        records.put_device(conn, replace(DEVICE, id="other", tenant=None, mode=Mode.ADVICE, fallback=-3.0))
    with registry.read() as conn:
        assert records.find_device(conn, "ess") == DEVICE
        assert [one.id for one in records.devices(conn)] == ["ess", "other"]
        assert [one.id for one in records.devices(conn, "firm-1")] == ["ess"]
        assert [one.id for one in records.devices(conn, armed=True)] == ["ess"]
        assert records.standings(conn)["ess"].stop is None


def test_a_beat_is_claimed_once_and_not_after_a_change(registry):
    """The second to claim it, and whoever looked before the device was changed, goes away empty."""
    with registry.write() as conn:
        records.put_device(conn, DEVICE)
        due = records.due_since(conn)["ess"]
        again = NOW + timedelta(seconds=40)
        assert records.claim_beat(conn, "ess", due, 3, again)
        assert not records.claim_beat(conn, "ess", due, 3, again)
        assert not records.claim_beat(conn, "ess", again, 2, again)
        records.look_again(conn, "ess", NOW)
        assert records.due_since(conn)["ess"] == NOW


def test_repeated_orders_are_counted_in_one_line(registry):
    """Until the power, the origin or the answer changes, or a quarter of an hour is over."""

    def sent(seconds, power, answer=DONE, origin=Origin.PLAN):
        made = AT + seconds * 1000
        order = Order(power, 20.0, origin, made, made + 120_000, (Cut.GRID,))
        with registry.write() as conn:
            records.keep_sent(conn, Sent("ess", "firm-1", order, answer, made, measured=math.nan))

    failed = Answer(False, Text("아님", "no"))
    sent(0, 10.0)
    sent(40, 10.01)
    sent(80, 12.0)
    sent(120, 12.0, failed)
    sent(160, 12.0, failed)
    sent(200, 12.0, DONE, Origin.PERSON)
    sent(1_200, 12.0, DONE, Origin.PERSON)
    with registry.read() as conn:
        lines = records.sent_to(conn, "ess", 10)[::-1]
        assert [(one.order.power, one.beats, one.answer.ok) for one in lines] == [
            (10.01, 2, True), (12.0, 1, True), (12.0, 2, False), (12.0, 1, True), (12.0, 1, True),
        ]  # fmt: skip
        assert lines[0].order.cuts == (Cut.GRID,)
        assert math.isnan(lines[0].measured)
        assert (lines[0].first_at, lines[0].order.made_at) == (AT, AT + 40_000)
        assert records.last_sent(conn, "ess", taken=True) == lines[-1]
    with registry.write() as conn:
        records.forget_sent(conn, NOW + timedelta(seconds=1_000))
        assert len(records.sent_to(conn, "ess", 10)) == 1


def test_overrides_hold_until_their_time_or_their_end(registry):
    """The newest that is in force, and none afterwards."""
    one = Override("ess", AT, AT + 60_000, -5.0, "시험", "firm")
    with registry.write() as conn:
        records.put_override(conn, one, "firm-1")
        assert records.overrides_in_force(conn, NOW) == {"ess": one}
        assert records.overrides_in_force(conn, NOW + timedelta(seconds=60)) == {}
        assert records.end_overrides(conn, "ess", "energy", NOW) == 1
        assert records.end_overrides(conn, "ess", "energy", NOW) == 0
        assert records.overrides_in_force(conn, NOW) == {}
        assert records.overrides_of(conn, "ess", 5) == [replace(one, ended_at=AT, ended_by="energy")]


def test_a_standing_is_kept_with_its_words(registry):
    """Why nothing goes out, since when; and that it does again."""
    with registry.write() as conn:
        records.put_device(conn, DEVICE)
        stale = Standing(Stop.STALE, Text("오래됨", "stale"), NOW)
        records.set_standing(conn, "ess", stale)
        assert records.standings(conn) == {"ess": stale}
        records.set_standing(conn, "ess", Standing())
        assert records.standings(conn)["ess"].stop is None
        records.drop_device(conn, "ess")
        assert records.find_device(conn, "ess") is None
