"""From the decision to tell to the answer, on a real store."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.gateways import WebGateway

from sandan.access import Actor, Role
from sandan.control.engine.incidents.procedures import write_steps
from sandan.control.model.contacts import ChannelKind, Circle
from sandan.control.model.notices import Answer, CallOutcome, DeliveryState, Mode, Pace, Phase, Request, Words
from sandan.control.records.notices import outbox, unanswered
from sandan.control.service.contacts import (
    export_contacts,
    import_contacts,
    list_texts,
    list_troubles,
    save_contact,
    save_text,
)
from sandan.control.service.incidents import procedures
from sandan.control.service.notices.answers import answer, mark_read, open_notice, record_call
from sandan.control.service.notices.desk import Desk, Gateway
from sandan.control.service.notices.gateways import Gateways
from sandan.control.service.notices.outbox import Outbox
from sandan.control.service.notices.running import TellingDesk
from sandan.control.service.notices.sending import NotSent
from sandan.control.service.notices.telling import escalate, escalate_due, preview, tell
from sandan.control.service.notices.told import read_told
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound

DESK = Desk(address="https://sandan.test", answer_minutes=5)
GUEST = Actor("guest", "손님", frozenset({Role.VIEWER}), "-")
LIVE = replace(DESK, mode=Mode.LIVE)
FIRST = Request(Phase.FIRST, 1, key="form-0001")
TEXTS_TAKEN = [DeliveryState.SENDING, DeliveryState.WAITING, DeliveryState.SENDING]
"""The text messages are in hand, the e-mail between them is not."""


class Post:
    """A way out that keeps what it was given, and fails as often as it is told to."""

    def __init__(self, failures=0):
        self.sent, self.failures = [], failures

    async def send(self, parcel):
        if self.failures:
            self.failures -= 1
            raise NotSent("busy")
        self.sent.append(parcel)


SHOT = """
import asyncio, os, signal, sys
from datetime import datetime
from sandan.control.engine.incidents.procedures import write_steps
from sandan.control.model.contacts import ChannelKind
from sandan.control.model.notices import Mode
from sandan.control.service.notices.desk import Desk, Gateway
from sandan.control.service.notices.gateways import Gateways
from sandan.control.service.notices.outbox import Outbox
from sandan.store import open_store
from sandan.testing import FixedClock

sms = Gateway("sms", ChannelKind.SMS, sys.argv[5], secret="s")
desk = Desk(mode=Mode.LIVE, gateways={"sms": sms})
Outbox._end = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with open_store(sys.argv[1], f"chdb:///{sys.argv[2]}", rooms=sys.argv[4].split()) as store:
    clock = FixedClock(datetime.fromisoformat(sys.argv[3]))
    asyncio.run(Outbox(store, clock, desk, Gateways(desk)).step())
"""


def states(store, notices):
    with store.registry.read() as conn:
        return [one.state for one in outbox.deliveries_of(conn, [one.id for one in notices])]


def kinds(store):
    with store.registry.read() as conn:
        return [one.kind for one in reversed(store.events.find(conn, limit=1000))]


def test_what_is_previewed_is_what_is_told(store, fill, operator, subject, clock):
    """The same people in the same words; the link is theirs alone."""
    fill(store)
    shown = preview(store, operator, subject, FIRST, DESK, clock.now())
    told = tell(store, operator, subject, FIRST, DESK, clock.now())
    assert [one.contact.id for one in shown] == [one.contact for one in told] == ["fire-1", "gana"]
    for before, after in zip(shown, told, strict=True):
        assert after.text == before.text.replace("0" * 22, after.token)
        assert f"https://sandan.test/n/{after.token}" in after.text
    assert len({one.token for one in told}) == 2


def test_a_form_sent_twice_tells_once(store, fill, operator, subject, clock):
    """A double click at night is no second alarm."""
    fill(store)
    first = tell(store, operator, subject, FIRST, DESK, clock.now())
    assert tell(store, operator, subject, FIRST, DESK, clock.now()) == first
    with pytest.raises(Conflict):
        tell(store, operator, replace(subject, id="other"), FIRST, DESK, clock.now())
    assert kinds(store).count("PeopleTold") == 1


def test_a_firm_that_is_not_concerned_cannot_be_chosen(store, fill, operator, subject, clock):
    """Nothing is written when one of the chosen may not be told."""
    fill(store)
    for phase, chosen in ((Phase.FIRST, {"dara", "fire-1"}), (Phase.UPDATE, {"village"})):
        with pytest.raises(InvalidInput) as caught:
            tell(store, operator, subject, Request(phase, 1, frozenset(chosen)), DESK, clock.now())
        assert [one.where for one in caught.value.findings] == [f"contacts.{min(chosen - {'fire-1'})}"]
    assert "PeopleTold" not in kinds(store)
    told = tell(store, operator, subject, Request(Phase.SHELTER, 4), DESK, clock.now())
    assert [one.contact for one in told] == ["fire-1", "gana", "dara", "village"]
    assert "가나" not in told[2].text + told[3].text


def test_residents_are_warned_from_the_level_of_the_procedure_on(store, fill, operator, subject, clock):
    """Before that they are shown with the step that would tell them; who was warned also hears it is over."""
    fill(store)
    low = Request(Phase.SHELTER, 2)
    shown = preview(store, operator, subject, low, DESK, clock.now())
    assert [(one.contact.id, one.beyond) for one in shown][-1] == ("village", True)
    assert (shown[-1].step.level, shown[-1].step.source) == (4, "own")
    assert "village" not in [one.contact for one in tell(store, operator, subject, low, DESK, clock.now())]
    chosen = Request(Phase.SHELTER, 2, frozenset({"village"}))
    assert [one.contact for one in tell(store, operator, subject, chosen, DESK, clock.now())] == ["village"]
    over = tell(store, operator, subject, Request(Phase.CLEAR, 1), DESK, clock.now())
    assert "village" in [one.contact for one in over]


def test_only_who_may_operate_tells(store, fill, subject, clock):
    """An officer reads, a firm does neither."""
    fill(store)
    officer = Actor("officer", "담당관", frozenset({Role.OFFICER}))
    firm = Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1")
    for actor in (officer, firm):
        with pytest.raises(NotAllowed):
            tell(store, actor, subject, FIRST, DESK, clock.now())
    assert read_told(store, officer, subject.id, clock.now()).lines == []
    with pytest.raises(NotAllowed):
        read_told(store, firm, subject.id, clock.now())


async def test_test_mode_needs_no_network(sqlite_store, fill, operator, subject, clock, monkeypatch):
    """With every socket shut the whole way is walked, and each message is recorded."""
    fill(sqlite_store)
    told = tell(sqlite_store, operator, subject, FIRST, DESK, clock.now())

    def shut(*_arguments, **_more):
        raise AssertionError("the network was asked for")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, shut)
    monkeypatch.setattr(socket, "getaddrinfo", shut)
    assert await Outbox(sqlite_store, clock, DESK, Post()).step() == 3
    assert states(sqlite_store, told) == [DeliveryState.RECORDED] * 3


@pytest.mark.parametrize(
    ("drill", "decided", "now", "left"),
    [(False, LIVE, LIVE, 3), (True, LIVE, LIVE, 0), (False, DESK, LIVE, 0), (False, LIVE, DESK, 0)],
)
async def test_only_what_was_decided_live_leaves_and_only_while_live(
    sqlite_store, fill, operator, subject, clock, drill, decided, now, left
):
    """A drill never does, nor what was told in test mode, nor anything once the mode is test again."""
    fill(sqlite_store)
    post = Post()
    tell(sqlite_store, operator, replace(subject, drill=drill), FIRST, decided, clock.now())
    await Outbox(sqlite_store, clock, now, post).step()
    assert len(post.sent) == left


async def test_off_sends_nothing_and_says_so(sqlite_store, fill, operator, subject, clock):
    """The decision is kept all the same."""
    fill(sqlite_store)
    off = replace(DESK, mode=Mode.OFF)
    told = tell(sqlite_store, operator, subject, FIRST, off, clock.now())
    assert await Outbox(sqlite_store, clock, off, Post()).step() == 0
    assert states(sqlite_store, told) == [DeliveryState.OFF] * 3


async def test_a_busy_gateway_is_tried_again_with_each_try_on_record(
    sqlite_store, fill, operator, subject, clock
):
    """Until it takes the message."""
    fill(sqlite_store)
    post = Post(failures=4)
    told = tell(sqlite_store, operator, subject, FIRST, LIVE, clock.now())
    outbox = Outbox(sqlite_store, clock, LIVE, post)
    for _ in range(3):
        await outbox.step()
        clock.advance(timedelta(seconds=20))
    assert states(sqlite_store, told) == [DeliveryState.DELIVERED] * 3
    lines = read_told(sqlite_store, operator, subject.id, clock.now()).lines
    tried = [one.state for line in lines for one in line.attempts]
    assert (tried.count(DeliveryState.FAILED), tried.count(DeliveryState.DELIVERED)) == (4, 3)


async def test_patience_ends_and_says_why(sqlite_store, fill, operator, subject, clock):
    """A message that cannot be sent is an event, not a silence."""
    fill(sqlite_store)
    desk = replace(LIVE, pace=Pace(give_up=timedelta(minutes=1)))
    told = tell(sqlite_store, operator, subject, FIRST, desk, clock.now())
    outbox = Outbox(sqlite_store, clock, desk, Post(failures=100))
    for _ in range(8):
        await outbox.step()
        clock.advance(timedelta(seconds=30))
    assert states(sqlite_store, told) == [DeliveryState.FAILED] * 3
    assert kinds(sqlite_store).count("NoticeFailed") == 3


async def test_a_process_that_dies_while_sending_loses_nothing(store, fill, operator, subject, clock):
    """Its claim runs out and another sends; the lost try stays on record without an end."""
    fill(store)
    told = tell(store, operator, subject, FIRST, LIVE, clock.now())

    class Death(BaseException):
        pass

    class Deadly:
        async def send(self, parcel):
            raise Death

    with pytest.raises(Death):
        await Outbox(store, clock, LIVE, Deadly()).step()
    assert states(store, told) == TEXTS_TAKEN
    post = Post()
    again = Outbox(store, clock, LIVE, post)
    assert await again.step() == 1, "only the e-mail, which nobody had taken yet"
    clock.advance(LIVE.pace.lease)
    assert await again.step() == 2
    assert {one.channel.address for one in post.sent} == {"000-0001", "fire@example.test", "000-0003"}
    lines = read_told(store, operator, subject.id, clock.now()).lines
    assert sorted(one.ended is None for line in lines for one in line.attempts) == [False] * 3 + [True] * 2


async def test_two_outboxes_never_send_one_message_twice(store, fill, operator, subject, clock):
    """What one has claimed the other leaves alone."""
    fill(store)
    tell(store, operator, subject, FIRST, LIVE, clock.now())
    post = Post()
    both = [Outbox(store, clock, LIVE, post) for _ in range(2)]
    await asyncio.gather(*(one.step() for one in both))
    assert len(post.sent) == 3


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise looks at all it has
def test_killed_between_sending_and_marking(sqlite_store, rooms, tmp_path, fill, operator, subject, clock):
    """The gateway hears a message again from who takes over; by its key it can tell that."""
    fill(sqlite_store)
    chosen = Request(Phase.FIRST, 1, frozenset({"gana"}))
    told = tell(sqlite_store, operator, subject, chosen, LIVE, clock.now())
    now, url = clock.now().isoformat(), str(sqlite_store.registry.engine.url)
    with WebGateway().open() as web:
        address = f"signed://sandan:{{secret}}@127.0.0.1:{web.port}/{{to}}?key={{key}}"
        arguments = [url, str(tmp_path / "other"), now, " ".join(rooms), address]
        shot = subprocess.run(
            [sys.executable, "-c", SHOT, *arguments], capture_output=True, text=True, check=False
        )
        assert shot.returncode == -signal.SIGKILL, shot.stderr
        assert (len(web.heard), states(sqlite_store, told)) == (1, [DeliveryState.SENDING])
        desk = replace(LIVE, gateways={"sms": Gateway("sms", ChannelKind.SMS, address, secret="s")})
        again = Outbox(sqlite_store, clock, desk, Gateways(desk))
        assert asyncio.run(again.step()) == 0, "its claim still holds"
        clock.advance(LIVE.pace.lease)
        assert asyncio.run(again.step()) == 1
        assert states(sqlite_store, told) == [DeliveryState.DELIVERED]
        assert len({(one.headers["idempotency-key"], one.body) for one in web.heard}) == 1


def test_at_night_what_can_wait_waits(store, fill, operator, subject, clock):
    """The lowest level waits for the firm's morning; the next one does not."""
    fill(store)
    clock.set(clock.now().replace(hour=3))
    due = {}
    for level in (1, 2):
        shown = preview(store, operator, subject, Request(Phase.FIRST, level), DESK, clock.now())
        due[level] = {one.contact.id: one.due.hour for one in shown}
    assert due == {1: {"fire-1": 3, "gana": 7}, 2: {"fire-1": 3, "gana": 3}}
    decided = Request(Phase.FIRST, 1, at_once=True)
    shown = preview(store, operator, subject, decided, DESK, clock.now())
    assert {one.due for one in shown} == {clock.now()}, "somebody decided that this one does not either"


def test_reading_and_answering_are_kept_once(store, fill, operator, subject, clock):
    """The first time counts; help may still be asked for afterwards, and stays."""
    fill(store)
    token = tell(store, operator, subject, FIRST, DESK, clock.now())[0].token
    opened = clock.advance(timedelta(seconds=30))
    mark_read(store, token, opened)
    mark_read(store, token, clock.advance(timedelta(seconds=30)))
    answered = clock.advance(timedelta(seconds=30))
    answer(store, token, Answer.SEEN, answered)
    answer(store, token, Answer.HELP, clock.advance(timedelta(seconds=30)))
    found = answer(store, token, Answer.SEEN, clock.advance(timedelta(seconds=30)))
    assert (found.read, found.answered, found.answer) == (opened, answered, Answer.HELP)
    assert [kinds(store).count(kind) for kind in ("NoticeRead", "NoticeAnswered", "HelpAsked")] == [1, 1, 1]


@pytest.mark.parametrize("token", ["", "x", "0" * 22, "x" * 5000, "\ud800" * 20])
def test_a_guessed_link_shows_nothing(store, fill, token):
    """Whatever is tried."""
    fill(store)
    with pytest.raises(NotFound):
        open_notice(store, token)


def test_when_nobody_answers_the_next_of_the_tree_is_told(store, fill, operator, subject, clock):
    """And at its end a person is asked to ring; a firm's silence never reaches another."""
    fill(store)
    tell(store, operator, subject, FIRST, DESK, clock.now())
    assert escalate_due(store, DESK, clock.advance(timedelta(minutes=4))) == 0
    assert escalate_due(store, DESK, clock.advance(timedelta(minutes=2))) == 2
    assert escalate_due(store, DESK, clock.now()) == 0
    told = read_told(store, operator, subject.id, clock.now())
    assert sorted(line.notice.contact for line in told.lines) == ["fire-1", "fire-2", "gana"]
    assert kinds(store).count("NoticeEscalated") == kinds(store).count("TreeExhausted") == 1
    assert [one.id for one in told.ring] == ["fire-1", "fire-2"]
    record_call(store, operator, subject.id, "fire-1", CallOutcome.REACHED, "출동함", clock.now())
    assert read_told(store, operator, subject.id, clock.now()).ring == []
    assert escalate_due(store, DESK, clock.advance(timedelta(hours=1))) == 0


def test_what_waits_for_a_person_is_help_and_silence(store, fill, operator, subject, clock):
    """Not what was passed on to somebody else, and not what was answered since."""
    fill(store)

    def waiting():
        with store.registry.read() as conn:
            return sorted(one.contact for one in unanswered.unmet(conn))

    told = tell(store, operator, subject, FIRST, DESK, clock.now())
    assert waiting() == []
    escalate_due(store, DESK, clock.advance(timedelta(minutes=6)))
    assert waiting() == ["gana"]
    answer(store, told[0].token, Answer.HELP, clock.now())
    answer(store, told[1].token, Answer.SEEN, clock.now())
    assert waiting() == ["fire-1"]
    found = TellingDesk(DESK, [open_notice(store, told[0].token)]).attention(operator)
    assert [(one.priority, one.title.en) for one in found] == [(1, "Help asked for")]
    assert TellingDesk(DESK, [open_notice(store, told[0].token)]).attention(GUEST) == []
    record_call(store, operator, subject.id, "fire-2", CallOutcome.REACHED, "", clock.now())
    assert waiting() == []


def test_who_says_it_is_not_for_them_is_no_answer(store, fill, operator, subject, clock):
    """The next of the tree is told at once; whoever pressed it by mistake may still confirm."""
    fill(store)
    [first] = tell(
        store, operator, subject, replace(FIRST, contacts=frozenset({"fire-1"})), DESK, clock.now()
    )
    found = answer(store, first.token, Answer.WRONG, clock.now())
    assert (found.answer, found.answered) == (Answer.WRONG, None)
    assert escalate_due(store, DESK, clock.now()) == 1
    told = read_told(store, operator, subject.id, clock.now())
    assert [line.notice.contact for line in told.lines] == ["fire-2", "fire-1"]
    assert answer(store, first.token, Answer.SEEN, clock.now()).answered == clock.now()
    assert answer(store, first.token, Answer.WRONG, clock.now()).answer is Answer.SEEN
    assert read_told(store, operator, subject.id, clock.now()).ring == []
    assert kinds(store).count("NoticeMisdirected") == 1


async def test_whom_no_way_has_reached_is_not_waited_for(sqlite_store, fill, operator, subject, clock):
    """The next of the tree is told as soon as the last way has failed, whatever time it had."""
    fill(sqlite_store)

    class Dead:
        async def send(self, parcel):
            if parcel.channel.address != "000-0002":
                raise NotSent("no such number", final=True)

    chosen = replace(FIRST, contacts=frozenset({"fire-1"}))
    tell(sqlite_store, operator, subject, chosen, LIVE, clock.now())
    box = Outbox(sqlite_store, clock, LIVE, Dead())
    await box.send_due(ChannelKind.SMS)
    assert escalate_due(sqlite_store, LIVE, clock.now()) == 0, "there is still the e-mail"
    await box.send_due(ChannelKind.MAIL)
    assert escalate_due(sqlite_store, LIVE, clock.now()) == 1
    assert await box.step() == 1
    told = read_told(sqlite_store, operator, subject.id, clock.now())
    assert [line.notice.contact for line in told.lines] == ["fire-2", "fire-1"]


def test_the_time_to_answer_is_the_books_then_the_procedures_then_the_settings(
    store, fill, operator, subject, clock
):
    """And is counted from when the message leaves, not from when it was decided."""
    fill(store)
    patient = replace(DESK, answer_minutes=30)

    def minutes():
        told = tell(store, operator, subject, Request(Phase.FIRST, 2), patient, clock.now())
        return {one.contact: (one.answer_by - one.told) / timedelta(minutes=1) for one in told}

    assert minutes() == {"fire-1": 30, "gana": 30}
    steps = [
        replace(one, answer_minutes=7 if "fire" in one.tell else None)
        for one in procedures.read_procedures(store, operator).steps
    ]
    procedures.change_procedures(store, operator, write_steps(steps), "답할 시간", clock.now())
    assert minutes() == {"fire-1": 7, "gana": 30}
    row = {"id": "fire-1", "organisation": "119", "post": "상황실", "circle": "authority", "group": "fire",
           "phone": "000-0001", "answer_minutes": "2"}  # fmt: skip
    save_contact(store, operator, row, clock.now())
    assert minutes() == {"fire-1": 2, "gana": 30}


async def test_a_contact_that_could_not_be_reached_is_found_in_the_book(
    store, fill, operator, subject, clock
):
    """By a call, by an answer, by a gateway; until a better word comes or somebody changes the contact."""
    fill(store)

    def troubles():
        return {id: one.kind.value for id, one in list_troubles(store, operator).items()}

    class Choosy(Post):
        async def send(self, parcel):
            if parcel.channel.address == "000-0001":
                raise NotSent("no such number", final=True)

    told = tell(store, operator, subject, FIRST, LIVE, clock.now())
    await Outbox(store, clock, LIVE, Choosy()).step()
    assert troubles() == {"fire-1": "not_taken"}
    record_call(
        store, operator, subject.id, "fire-2", CallOutcome.WRONG, "", clock.advance(timedelta(minutes=1))
    )
    answer(store, told[1].token, Answer.WRONG, clock.now())
    assert troubles() == {"fire-1": "not_taken", "fire-2": "wrong_number", "gana": "not_theirs"}
    row = {
        "id": "fire-1",
        "organisation": "119",
        "post": "상황실",
        "circle": "authority",
        "channels": "sms:000-0007",
    }
    save_contact(store, operator, row, clock.advance(timedelta(minutes=1)))
    record_call(store, operator, subject.id, "fire-2", CallOutcome.REACHED, "", clock.now())
    assert troubles() == {"gana": "not_theirs"}
    answer(store, told[1].token, Answer.SEEN, clock.now())
    assert troubles() == {}


def test_an_operator_need_not_wait(store, fill, operator, subject, clock):
    """Passing on by hand is the same step, and only once."""
    fill(store)
    first = tell(store, operator, subject, FIRST, DESK, clock.now())[0]
    escalate(store, operator, first.id, DESK, clock.now())
    with pytest.raises(Conflict):
        escalate(store, operator, first.id, DESK, clock.now())
    told = [line.notice.contact for line in read_told(store, operator, subject.id, clock.now()).lines]
    assert sorted(told) == ["fire-1", "fire-2", "gana"]


def test_a_book_that_changed_meanwhile_does_not_stop_the_others(store, fill, operator, subject, clock):
    """A contact taken out of service is passed over, and the rest goes on."""
    fill(store)
    tell(store, operator, subject, FIRST, DESK, clock.now())
    second = {"id": "fire-2", "organisation": "119", "post": "당직관", "circle": "authority", "active": "0"}
    save_contact(store, operator, second, clock.now())
    assert escalate_due(store, DESK, clock.advance(timedelta(minutes=6))) == 2
    assert kinds(store).count("TreeExhausted") == 2


def test_the_book_goes_out_and_comes_in_unchanged(store, fill, operator, clock):
    """In whole or not at all."""
    fill(store)
    text = export_contacts(store, operator)
    assert import_contacts(store, operator, text.encode(), clock.now()) == (0, 0, 5)
    changed = text.replace("당직관", "당직 사령").replace("village", "hamlet")
    assert import_contacts(store, operator, changed.encode("cp949"), clock.now()) == (1, 1, 3)
    with pytest.raises(InvalidInput):
        import_contacts(store, operator, text.replace("firm-2", "firm-9").encode(), clock.now())


def test_an_own_text_takes_the_place_of_the_shipped_one(store, fill, operator, subject, clock):
    """From the next notice on; a faulty one is refused."""
    fill(store)
    words = Words("누출 발생", "$place 누출. $link")
    with pytest.raises(InvalidInput):
        save_text(store, operator, "leak", Phase.FIRST, Circle.FIRM, words, Words("", "$firms"), clock.now())
    save_text(store, operator, "leak", Phase.FIRST, Circle.FIRM, words, Words("a", "b"), clock.now())
    made = save_text(store, operator, "leak", Phase.FIRST, Circle.FIRM, words, Words("a", "c"), clock.now())
    assert made.version == 2
    assert made in list_texts(store, operator)
    told = tell(store, operator, subject, FIRST, DESK, clock.now())
    assert told[1].text.startswith("3블록 누출. https://")
    assert told[1].template == "leak:first:firm:2"
