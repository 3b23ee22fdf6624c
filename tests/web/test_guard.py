"""What stands before every handler."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sandan.web.guard import HEADERS, Guard, Pace


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = Guard(Starlette(routes=[Route("/", echo, methods=["GET", "POST"])]), max_body=100, https=True)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandan.test")


async def test_every_answer_carries_the_security_headers(client):
    """Policy, no sniffing, no framing, and HSTS behind TLS."""
    answer = await client.get("/")
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 200),
        ({"origin": "http://sandan.test"}, 200),
        ({"origin": "http://elsewhere.test"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site", "origin": "http://sandan.test"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
async def test_an_unsafe_request_from_another_site_is_refused(client, headers, code):
    """A browser says where a form came from; a program says nothing and uses a token."""
    assert (await client.post("/", content=b"x", headers=headers)).status_code == code
    assert (await client.get("/", headers=headers)).status_code == 200


async def test_a_body_over_the_bound_is_refused_even_without_a_length(client):
    """Declared or not, no body beyond the bound reaches a handler."""
    assert (await client.post("/", content=b"x" * 101)).status_code == 413

    async def chunks():
        for _ in range(20):
            yield b"x" * 10

    answer = await client.post("/", content=chunks())
    assert answer.status_code == 413


def test_pace_counts_each_key_by_itself():
    """One caller's haste does not slow another."""
    pace = Pace()
    assert [pace.allows("2 per minute", "sign-in", "a") for _ in range(3)] == [True, True, False]
    assert pace.allows("2 per minute", "sign-in", "b")
