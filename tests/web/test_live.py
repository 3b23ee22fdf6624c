"""The stream: encoded once an audience and language, bounded for whoever is slow."""

import asyncio
import json

import pytest

from sandan.web.live import BACKLOG, STAFF, Live


def events(data: bytes) -> list[tuple[str, object]]:
    found = []
    for block in data.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def opened(live: Live, audience: str, language: str):
    stream = live.stream(audience, language).body_iterator
    assert await anext(stream) == b"retry: 2000\n\n"
    return stream


async def test_an_event_is_made_once_for_all_viewers_of_an_audience_and_language():
    """Two hundred viewers cost one encoding."""
    live, made = Live(), []
    streams = [await opened(live, STAFF, "ko") for _ in range(3)] + [await opened(live, "firm-1", "en")]
    waiting = [asyncio.ensure_future(anext(stream)) for stream in streams]
    await asyncio.sleep(0)

    def make(audience: str, language: str) -> object:
        made.append((audience, language))
        return {"for": audience or "staff", "in": language}

    live.publish("figures", make)
    heard = [events(await one)[0] for one in waiting]
    assert sorted(made) == [("", "ko"), ("firm-1", "en")]
    assert heard[0] == heard[2] == ("figures", {"for": "staff", "in": "ko"})
    assert heard[3] == ("figures", {"for": "firm-1", "in": "en"})
    for stream in streams:
        await stream.aclose()
    assert live.viewers == 0


async def test_an_audience_with_nothing_to_hear_is_told_nothing():
    """None means no event, so that one firm's news never wakes another's page."""
    live = Live()
    mine, theirs = await opened(live, "firm-1", "ko"), await opened(live, "firm-2", "ko")
    waiting = asyncio.ensure_future(anext(theirs))
    live.publish("states", lambda audience, _: [[1, 2]] if audience == "firm-1" else None)
    assert events(await anext(mine)) == [("states", [[1, 2]])]
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_a_viewer_that_cannot_keep_up_is_sent_away_to_take_a_snapshot():
    """It cannot make the server grow, and it is never shown states that miss a change."""
    live = Live()
    stream = await opened(live, STAFF, "ko")
    for i in range(BACKLOG):
        live.publish("tick", lambda _a, _l, i=i: i)
    assert [data for _, data in events(await anext(stream))] == list(range(BACKLOG))
    for i in range(BACKLOG * 3):
        live.publish("tick", lambda _a, _l, i=i: i)
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    assert live.viewers == 0


async def test_a_snapshot_names_the_newest_event_it_includes():
    """A page that joins late knows which events it need not apply again."""
    live = Live()
    live.offer("states", lambda audience, _: [[7, 1]] if audience == STAFF else None)
    live.publish("tick", lambda _a, _l: 1)
    live.publish("tick", lambda _a, _l: 2)
    assert json.loads(live.snapshot(STAFF, "ko").body) == {"id": 2, "events": {"states": [[7, 1]]}}
    assert json.loads(live.snapshot("firm-1", "ko").body) == {"id": 2, "events": {}}
