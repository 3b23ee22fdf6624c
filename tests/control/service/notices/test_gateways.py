"""The way out, to servers of our own, and what the settings say about it."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import MappingProxyType

import pytest

from sandan.control.model.contacts import Channel, ChannelKind
from sandan.control.model.notices import DeliveryState, Mode, Phase, Request
from sandan.control.records.notices import outbox
from sandan.control.service.notices.desk import Desk, Gateway, read_desk
from sandan.control.service.notices.gateways import Gateways
from sandan.control.service.notices.outbox import Outbox
from sandan.control.service.notices.sending import NotSent, Parcel
from sandan.control.service.notices.telling import tell
from sandan.errors import InvalidInput
from sandan.settings import Settings

# Apprise looks at every service it knows, one of which still asks for a module that is going away.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hook():
    """A web server that keeps what is posted to it, and refuses `/refuse/…`."""
    posted = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            posted.append((self.path, json.loads(body), self.headers.get("authorization")))
            self.send_response(500 if self.path.startswith("/refuse") else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with serving(HTTPServer(("127.0.0.1", 0), Hook)) as port:
        yield port, posted


@pytest.fixture
def mailbox():
    """A mail server that takes everything."""
    letters = []

    class Sink(socketserver.StreamRequestHandler):
        def say(self, line):
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self):
            self.say("220 sink")
            while line := self.rfile.readline():
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self.say("354 go on")
                    lines = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        lines.append(text.decode())
                    letters.append(message_from_string("".join(lines), policy=policy.default))
                self.say("221 bye" if word == b"QUIT" else "250 ok")
                if word == b"QUIT":
                    return

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Sink)) as port:
        yield port, letters


def desk(*gateways):
    return Desk(mode=Mode.LIVE, address="https://sandan.test", gateways={one.name: one for one in gateways})


async def test_live_messages_reach_a_webhook_and_a_mailbox(
    sqlite_store, fill, operator, subject, clock, hook, mailbox
):
    """Told, sent through Apprise, delivered: the text that was kept, and the address of nobody else."""
    fill(sqlite_store)
    out = desk(
        Gateway("sms", ChannelKind.SMS, f"json://127.0.0.1:{hook[0]}/sms/{{to}}"),
        Gateway(
            "post",
            ChannelKind.MAIL,
            f"mailto://127.0.0.1:{mailbox[0]}?from=sandan@example.test&to={{to}}",
        ),
    )
    told = tell(sqlite_store, operator, subject, Request(Phase.FIRST, 2), out, clock.now())
    assert await Outbox(sqlite_store, clock, out, Gateways(out)).step() == 3
    with sqlite_store.registry.read() as conn:
        found = outbox.deliveries_of(conn, [one.id for one in told])
    assert [(one.state, one.error) for one in found] == [(DeliveryState.DELIVERED, "")] * 3
    assert sorted((path, body["message"], body["title"]) for path, body, _ in hook[1]) == [
        ("/sms/000-0001", told[0].text, ""),
        ("/sms/000-0003", told[1].text, ""),
    ]
    [letter] = mailbox[1]
    assert letter["to"] == "fire@example.test"
    assert letter["subject"] == told[0].title
    assert letter.get_content().split() == told[0].text.split()


async def test_a_refusal_says_why_and_never_the_secret(hook):
    """The reason may be shown; the key may not."""
    url = f"json://user:{{secret}}@127.0.0.1:{hook[0]}/refuse/{{to}}"
    out = desk(Gateway("hook", ChannelKind.WEBHOOK, url, secret="s3cr/t"))
    parcel = Parcel("1", Channel(ChannelKind.WEBHOOK, "a"), "t", "x")
    with pytest.raises(NotSent) as caught:
        await Gateways(out).send(parcel)
    assert hook[1][0][2] == "Basic " + base64.b64encode(b"user:s3cr/t").decode()
    assert "500" in str(caught.value)
    assert "s3cr" not in str(caught.value) + repr(out)
    with pytest.raises(NotSent, match="no gateway"):
        await Gateways(out).send(replace(parcel, channel=Channel(ChannelKind.SMS, "000")))


@pytest.mark.parametrize("address", ["a/../b", "a?to=b", "a@host", "a#x", "ㄱ b"])
async def test_an_address_cannot_lead_elsewhere(hook, address):
    """It is one piece of the gateway's path, whatever it holds."""
    out = desk(Gateway("hook", ChannelKind.WEBHOOK, f"json://127.0.0.1:{hook[0]}/in/{{to}}/end"))
    await Gateways(out).send(Parcel("1", Channel(ChannelKind.WEBHOOK, address), "t", "x"))
    [(path, _, _)] = hook[1]
    assert path.startswith("/in/")
    assert path.endswith("/end")


def settings(environment=None, **control):
    return Settings(
        rest=MappingProxyType({"control": control}), environment=MappingProxyType(environment or {})
    )


def test_nothing_said_is_test_mode():
    """A new installation cannot tell anybody by accident."""
    found = read_desk(settings())
    assert (found.mode, found.gateways, found.answer_minutes) == (Mode.TEST, {}, None)
    assert found.address == "http://127.0.0.1:8000"


def test_settings_are_read_with_the_secret_from_the_environment():
    """And the mode may come from there too."""
    found = read_desk(
        settings(
            {"SANDAN_CONTROL_GATEWAY_SMS_SECRET": "k", "SANDAN_CONTROL_TELLING": "live"},
            address="https://sandan.test/",
            gateways={"sms": {"kind": "sms", "url": "jsons://sms.test/{to}?+Key={secret}"}},
        )
    )
    assert (found.mode, found.address) == (Mode.LIVE, "https://sandan.test")
    assert found.gateways["sms"].address("000 1") == "jsons://sms.test/000%201?+Key=k"
    assert "'k'" not in repr(found)


def test_everything_wrong_with_the_settings_is_said_at_once():
    """A secret in the file is refused, one that is missing asked for."""
    with pytest.raises(InvalidInput) as caught:
        read_desk(
            settings(
                telling="loud",
                address="sandan.test",
                answer_minutes="soon",
                gateways={
                    "a": {"kind": "fax", "url": "x"},
                    "b": {"kind": "mail", "url": "mailto://me:pass@mail.test?to={to}"},
                    "c": {"kind": "sms", "url": "jsons://{secret}@sms.test/{to}"},
                    "d e": {"kind": "sms", "url": "jsons://sms.test/{to}"},
                },
            )
        )
    assert sorted(one.where.removeprefix("[control] ") for one in caught.value.findings) == [
        "address",
        "answer_minutes",
        "gateways.a",
        "gateways.b",
        "gateways.c",
        "gateways.d e",
        "telling",
    ]
