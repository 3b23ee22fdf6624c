"""Open data of what was published: files for a plan, a feed of changes, and what they mean."""

from __future__ import annotations

from starlette.responses import Response

from sandan.domain import Here, Visit
from sandan.errors import InvalidInput, NotFound
from sandan.programme.engine.publishing.atom import Published, changes_atom
from sandan.programme.engine.publishing.publisher import Publisher
from sandan.programme.engine.publishing.rows import COLUMNS, plan_schema
from sandan.programme.pages import citizen as site
from sandan.programme.pages.citizen import Reader
from sandan.programme.pages.frame import OPEN, open_url
from sandan.programme.service import citizen
from sandan.programme.service.open_files import FILES, read_publisher
from sandan.web import PUBLIC, Routes
from sandan.words import Text

routes = Routes("programme", prefix=OPEN)
TITLE = Text("공개된 계획의 변경", "Changes of the published plans")


@routes.page("/data", permission=PUBLIC)
def data_page(here: Here) -> Response:
    """What can be downloaded, in which form and on what terms."""
    publisher = publisher_of(here)

    def show(reader: Reader) -> str:
        return reader.html(
            "programme/open_data.html",
            publications=site.publications(here),
            files=[one for one in FILES if one.offered(publisher)],
            missing=[one for one in FILES if not one.offered(publisher)],
            columns=COLUMNS,
            publisher=publisher,
        )

    return site.answer(here, lambda: citizen.published_heads(here.store), show)


@routes.page("/plan.schema.json", permission=PUBLIC)
def schema(here: Here) -> Response:
    """The JSON Schema of a plan's JSON file."""
    return site.answer(here, dict, lambda _: plan_schema(), "application/schema+json")


@routes.page("/changes.atom", permission=PUBLIC)
def atom(here: Here) -> Response:
    """Every published version of every plan, newest first."""
    set_address = publisher_of(here).address.rstrip("/")
    # A feed needs whole addresses; without the setting they are what this request says, for it alone.
    base = set_address or str(here.request.base_url).rstrip("/") + OPEN

    def show(reader: Reader) -> bytes:
        found = [
            Published(
                one.plan, version, base + open_url(one.plan.id, f"versions/{version.number}")[len(OPEN) :]
            )
            for one in site.publications(here)
            for version in citizen.open_versions(here.store, one.plan.id)
        ]
        return changes_atom(
            found,
            address=f"{base}/changes.atom",
            page=base,
            title=TITLE,
            author=publisher_of(here).publisher or here.house.complex_name(),
            language=reader.language,
        )

    response = site.answer(
        here, lambda: citizen.published_heads(here.store), show, "application/atom+xml; charset=utf-8"
    )
    if not set_address:
        response.headers["cache-control"] = "no-store"
    return response


@routes.page("/plans/{plan}/{file}", permission=PUBLIC)
def plan_file(plan: str, file: str, here: Here) -> Response:
    """A plan as it was published last, as a file."""
    return _file(here, plan, None, file)


@routes.page("/plans/{plan}/versions/{number}/{file}", permission=PUBLIC)
def version_file(plan: str, number: str, file: str, here: Here) -> Response:
    """A plan as an earlier publication had it, as a file."""
    return _file(here, plan, number, file)


def _file(here: Visit, plan: str, number: str | None, name: str) -> Response:
    publisher = publisher_of(here)
    file = next((one for one in FILES if one.name == name), None)

    def show(reader: Reader) -> bytes:
        if file is None or not file.offered(publisher):
            raise NotFound(Text("파일", "file"), name)
        book = citizen.open_book(here.store, plan, site.number_of(number))
        names = citizen.open_document_names(here.store, book)
        return file.make(book, names, reader.language, publisher)

    response = site.answer(
        here, lambda: site.heads_of(here, plan), show, file.media_type if file else "text/html"
    )
    if response.status_code == 200:
        response.headers["content-disposition"] = f'attachment; filename="{name}"'
    return response


def _page_of(plan: str, number: int) -> str:
    """The page of a version, under the address of the site."""
    return open_url(plan, f"versions/{number}").removeprefix(OPEN)


def publisher_of(here: Visit) -> Publisher:
    """The settings of open data; an unusable one counts as not set, as no citizen can mend it."""
    try:
        return read_publisher(here.house.settings)
    except InvalidInput:
        return Publisher(publisher=str(here.house.settings.table("programme").get("publisher", "")))
