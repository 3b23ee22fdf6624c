"""The way out, to servers of our own, and what the settings say about it."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import parse_qsl

import apprise
import pytest
from tests.gateways import PostOffice, WebGateway

from sandan.control.model.contacts import Channel, ChannelKind
from sandan.control.model.notices import Mode, Phase, Request
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


@pytest.fixture
def web():
    """A gateway that speaks HTTP."""
    with WebGateway().open() as gateway:
        yield gateway


@pytest.fixture
def post_office(tmp_path, monkeypatch):
    """A mail server with STARTTLS and a password, whose certificate this machine trusts."""
    with PostOffice().open(tmp_path, "s3cr/t") as office:
        monkeypatch.setenv("SSL_CERT_FILE", str(office.certificate))
        yield office


def desk(*gateways, **more):
    named = {one.name: one for one in gateways}
    return Desk(mode=Mode.LIVE, address="https://sandan.test", gateways=named, **more)


def sms(web, path="in/{to}"):
    return Gateway("sms", ChannelKind.SMS, f"json://127.0.0.1:{web.port}/{path}")


def post(office, user="sandan"):
    url = f"mailtos://{user}:{{secret}}@127.0.0.1:{office.port}?from=sandan@example.test&to={{to}}"
    return Gateway("post", ChannelKind.MAIL, url, secret="s3cr/t")


def ends(store, told):
    with store.registry.read() as conn:
        return [
            (one.state.value, one.attempts, one.error)
            for one in outbox.deliveries_of(conn, [one.id for one in told])
        ]


async def refused(out, kind=ChannelKind.SMS, address="000-0001"):
    with pytest.raises(NotSent) as caught:
        await Gateways(out).send(Parcel("k-1", Channel(kind, address), "제목", "글"))
    return caught.value


async def test_live_messages_reach_a_web_gateway_and_a_locked_post_office(
    sqlite_store, fill, operator, subject, clock, web, post_office
):
    """Told, sent through Apprise, delivered: the text that was kept, and the address of nobody else."""
    fill(sqlite_store)
    out = desk(sms(web), post(post_office))
    told = tell(sqlite_store, operator, subject, Request(Phase.FIRST, 2), out, clock.now())
    assert await Outbox(sqlite_store, clock, out, Gateways(out)).step() == 3
    assert ends(sqlite_store, told) == [("delivered", 1, "")] * 3
    heard = [(one.path, json.loads(one.body)) for one in web.heard]
    assert sorted((path, body["message"], body["title"]) for path, body in heard) == [
        ("/in/000-0001", told[0].text, ""),
        ("/in/000-0003", told[1].text, ""),
    ]
    [(locked, letter)] = post_office.letters
    assert locked
    assert letter["to"] == "fire@example.test"
    assert letter["subject"] == told[0].title
    assert letter.get_content().split() == told[0].text.split()


async def test_in_test_mode_gateways_that_would_hear_it_hear_nothing(
    sqlite_store, fill, operator, subject, clock, web, post_office
):
    """The same settings but for the mode; a drill hears as little when the mode is live."""
    fill(sqlite_store)
    live = desk(sms(web), post(post_office))
    safe = replace(live, mode=Mode.TEST)
    told = tell(sqlite_store, operator, subject, Request(Phase.FIRST, 2), safe, clock.now())
    drill = replace(subject, id="INC-20260304-002", drill=True)
    told += tell(sqlite_store, operator, drill, Request(Phase.FIRST, 2), live, clock.now())
    assert await Outbox(sqlite_store, clock, safe, Gateways(live)).step() == 6
    assert await Outbox(sqlite_store, clock, live, Gateways(live)).step() == 0
    assert ends(sqlite_store, told) == [("recorded", 1, "")] * 6
    assert (web.heard, post_office.letters) == ([], [])


async def test_a_refusal_says_why_and_never_the_secret(web, post_office, monkeypatch):
    """The reason may be shown; the key may not, though the other side repeats it."""
    url = f"json://user:{{secret}}@127.0.0.1:{web.port}/refuse/{{to}}"
    web.answers.append((403, {}, b"key s3cr/t is blocked"))
    out = desk(Gateway("sms", ChannelKind.SMS, url, secret="s3cr/t"))
    said = str(await refused(out))
    assert web.heard[0].headers["authorization"] == "Basic " + base64.b64encode(b"user:s3cr/t").decode()
    assert "403" in said
    assert "is blocked" in said
    assert "s3cr" not in said + repr(out)
    assert "no gateway" in str(await refused(out, ChannelKind.WEBHOOK))
    wrong = replace(post(post_office), secret="other")
    assert "535" in str(await refused(desk(wrong), ChannelKind.MAIL, "a@example.test"))
    post_office.replies.append("550 no such box")
    assert "550" in str(await refused(desk(post(post_office)), ChannelKind.MAIL, "a@example.test"))
    monkeypatch.delenv("SSL_CERT_FILE")
    await refused(desk(post(post_office)), ChannelKind.MAIL, "a@example.test")
    assert post_office.letters == [], "no letter goes to a house that cannot show who it is"


@pytest.mark.parametrize("address", ["a/../b", "a?to=b", "a@host", "a#x", "ㄱ b"])
async def test_an_address_cannot_lead_elsewhere(web, address):
    """It is one piece of the gateway's path, whatever it holds."""
    out = desk(Gateway("hook", ChannelKind.WEBHOOK, f"json://127.0.0.1:{web.port}/in/{{to}}/end"))
    await Gateways(out).send(Parcel("1", Channel(ChannelKind.WEBHOOK, address), "t", "x"))
    [heard] = web.heard
    assert heard.path.startswith("/in/")
    assert heard.path.endswith("/end")


async def test_nothing_is_lost_to_a_gateway_in_a_bad_hour(
    sqlite_store, fill, operator, subject, clock, web, post_office
):
    """Refused, cut off, answered with rubbish, sent elsewhere, put off: each try is kept, then it goes."""
    fill(sqlite_store)
    out = desk(sms(web), post(post_office))
    chosen = Request(Phase.FIRST, 2, frozenset({"fire-1"}))
    told = tell(sqlite_store, operator, subject, chosen, out, clock.now())
    elsewhere = (302, {"location": f"http://127.0.0.1:{web.port}/elsewhere"}, b"")
    web.answers.extend([500, None, b"rubbish\r\n\r\n", elsewhere, (429, {"retry-after": "7"}, b"slowly")])
    post_office.replies.append("451 come back later")
    box = Outbox(sqlite_store, clock, out, Gateways(out))
    for wait in (0, 5, 15, 30, 60, 120):
        clock.advance(timedelta(seconds=wait + 1))
        await box.step()
    assert ends(sqlite_store, told) == [("delivered", 6, ""), ("delivered", 2, "")]
    assert {one.path for one in web.heard} == {"/in/000-0001"}, "a redirect is a refusal"
    assert (len(web.heard), len(post_office.letters)) == (6, 1)
    with sqlite_store.registry.read() as conn:
        first = outbox.deliveries_of(conn, [one.id for one in told])[0].id
        tried = [(one.state.value, one.error) for one in outbox.attempts_of(conn, [first])]
    assert [state for state, _ in tried] == ["failed"] * 5 + ["delivered"]
    assert all(error for _, error in tried[:5])


async def test_a_slow_gateway_is_waited_for_and_holds_up_no_other(
    sqlite_store, fill, operator, subject, clock, web, post_office, monkeypatch
):
    """Who gives up too early sends twice; e-mail goes while text messages hang."""
    fill(sqlite_store)
    monkeypatch.setattr(apprise.URLBase, "socket_read_timeout", 0.05)
    web.hold.clear()
    out = desk(sms(web), post(post_office))
    told = tell(sqlite_store, operator, subject, Request(Phase.FIRST, 2), out, clock.now())
    box = Outbox(sqlite_store, clock, out, Gateways(out))
    texts = asyncio.create_task(box.send_due(ChannelKind.SMS))
    assert await box.send_due(ChannelKind.MAIL) == 1
    assert len(post_office.letters) == 1
    await asyncio.sleep(0.2)
    assert [state for state, _, _ in ends(sqlite_store, told)] == ["sending", "delivered", "sending"]
    web.hold.set()
    assert await texts == 2
    assert len(web.heard) == 2, "each was sent once"
    web.hold.clear()
    monkeypatch.setattr("sandan.control.service.notices.gateways.ANSWER", 0.1)
    assert "timed out" in str(await refused(out))


def service(web, url):
    """A service that Apprise does not know, at our own gateway."""
    at = f"at=http://127.0.0.1:{web.port}"
    return desk(Gateway("sms", ChannelKind.SMS, f"{url}{'&' if '?' in url else '?'}{at}", secret="s3cr/t"))


async def send(out, text="글"):
    await Gateways(out).send(Parcel("k-1", Channel(ChannelKind.SMS, "000-0001"), "제목", text))


def mac(said):
    return hmac.new(b"s3cr/t", said, "sha256")


async def test_aligo_is_asked_with_a_form_and_its_code_is_read(web):
    """It says 200 to everything."""
    out = service(web, "aligo://me:{secret}@02-000-0000/{to}")
    no = '{"result_code":-101,"message":"인증오류"}'.encode()
    web.answers.extend([(200, {}, b'{"result_code":"1"}'), (200, {}, no)])
    await send(out, "가" * 46)
    [heard] = web.heard
    form = {"key": "s3cr/t", "user_id": "me", "sender": "020000000", "receiver": "0000001"}
    assert heard.path == "/send/"
    assert dict(parse_qsl(heard.body.decode())) == form | {"msg": "가" * 46, "msg_type": "LMS"}
    assert str(await refused(out)) == "Aligo: -101 인증오류"


async def test_solapi_is_asked_with_a_signature_over_date_and_salt(web):
    """What it cannot read will not be read the next time either."""
    out = service(web, "solapi://me:{secret}@02-000-0000/{to}")
    web.answers.extend([(200, {}, b'{"statusCode":"2000"}'), (400, {}, b'{"errorCode":"ValidationError"}')])
    await send(out)
    [heard] = web.heard
    assert heard.path == "/messages/v4/send"
    assert json.loads(heard.body)["message"] == {"to": "0000001", "from": "020000000", "text": "글"}
    leave = heard.headers["authorization"].removeprefix("HMAC-SHA256 ").split(", ")
    said = dict(part.split("=") for part in leave)
    signature = mac((said["date"] + said["salt"]).encode()).hexdigest()
    assert (said["apiKey"], said["signature"]) == ("me", signature)
    error = await refused(out)
    assert (str(error), error.final) == ("SOLAPI: 400 ValidationError", True)


async def test_sens_is_asked_with_a_signature_over_the_path_and_the_time(web):
    """A wait that it asks for is kept."""
    out = service(web, "sens://me:{secret}@02-000-0000/ncp:sms:kr:1:a/{to}")
    web.answers.extend([(202, {}, b'{"statusCode":"202"}'), (429, {"retry-after": "40"}, b"{}")])
    await send(out)
    [heard] = web.heard
    assert heard.path == "/sms/v2/services/ncp:sms:kr:1:a/messages"
    said = {"type": "SMS", "from": "020000000", "content": "글", "messages": [{"to": "0000001"}]}
    assert json.loads(heard.body) == said
    signed = f"POST {heard.path}\n{heard.headers['x-ncp-apigw-timestamp']}\nme"
    signature = base64.b64encode(mac(signed.encode()).digest()).decode()
    assert heard.headers["x-ncp-apigw-signature-v2"] == signature
    error = await refused(out)
    assert (error.wait, error.final) == (timedelta(seconds=40), False)


async def test_a_webhook_can_tell_our_calls_from_others_and_one_message_from_two(web):
    """By a signature over time and body, and by a key that is the same each time a message is tried."""
    url = f"signed://sandan:{{secret}}@127.0.0.1:{web.port}/in/{{to}}?key={{key}}"
    out = desk(Gateway("sms", ChannelKind.SMS, url, secret="s3cr/t"))
    await send(out)
    [heard] = web.heard
    assert heard.path == "/in/000-0001"
    assert json.loads(heard.body) == {"key": "k-1", "to": "000-0001", "title": "", "text": "글"}
    said = dict(part.split("=") for part in heard.headers["sandan-signature"].split(","))
    signature = mac(f"{said['t']}.".encode() + heard.body).hexdigest()
    assert (said["v1"], heard.headers["idempotency-key"]) == (signature, "k-1")
    for answer, why in ((b"rubbish\r\n\r\n", "rubbish"), (None, "no answer"), (301, "301")):
        web.answers.append(answer)
        assert why in str(await refused(out))


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
