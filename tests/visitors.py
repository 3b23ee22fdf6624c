"""People at the pages: who they are is their bearer token, and each has a browser of their own."""

from __future__ import annotations

import httpx
from bs4 import BeautifulSoup


class Badges:
    """Lets in whoever of `people` says a name as a bearer token."""

    def __init__(self, people):
        self.of_session = self.of_bearer = people.get


class Browser:
    """One person's way into the open app; nobody's without a name."""

    def __init__(self, app, person, language):
        badge = {"authorization": f"Bearer {person}"} if person else {}
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://sandan.test",
            headers={"accept": "text/html"} | badge,
            cookies={"language": language},
        )

    async def soup(self, path, status=200):
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text[:2000]
        return BeautifulSoup(answer.text, "html.parser")

    async def send(self, path, status=303, *, script=False, files=None, **fields):
        headers = {"hx-request": "true"} if script else {}
        answer = await self.client.post(path, data=fields, files=files, headers=headers)
        assert answer.status_code == status, answer.text[:2000]
        return answer

    async def post(self, path, status=303, **given):
        answer = await self.send(path, status, **given)
        return BeautifulSoup(answer.text, "html.parser")
