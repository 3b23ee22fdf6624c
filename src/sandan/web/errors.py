"""From an error to an HTTP answer, in the asker's language and form: the one table of codes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandan.errors import (
    Conflict,
    Finding,
    InvalidInput,
    NotAllowed,
    NotFound,
    SandanError,
    Unavailable,
)
from sandan.web.render import Pages, page
from sandan.web.routes import SignInNeeded
from sandan.web.session import language_of
from sandan.words import Text

CODES: dict[type[SandanError], int] = {
    InvalidInput: 422,
    NotFound: 404,
    SignInNeeded: 401,
    NotAllowed: 403,
    Conflict: 409,
    Unavailable: 503,
}
log = logging.getLogger(__name__)


class TooMany(NotAllowed):
    """Asked too often; the answer says when to come back."""

    def __init__(self) -> None:
        super().__init__(
            Text("요청이 너무 잦습니다. 잠시 뒤 다시 시도하십시오.", "Too many requests. Try again shortly.")
        )


CODES[TooMany] = 429


def code_of(error: SandanError) -> int:
    """The status of `error`: its own class's, or the nearest parent's."""
    return next(CODES[cls] for cls in type(error).__mro__ if cls in CODES)


def install(app: FastAPI) -> None:
    """Answer every error of the tree, and whatever the framework raises, the same way."""
    app.add_exception_handler(SandanError, _sandan_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _surprise)


def _wants_page(request: Request) -> bool:
    return "/api/" not in request.url.path and "text/html" in request.headers.get("accept", "text/html")


def _answer(request: Request, error: SandanError, code: int) -> Response:
    language = language_of(request)
    findings = error.findings if isinstance(error, InvalidInput) else ()
    if isinstance(error, SignInNeeded) and _wants_page(request):
        if request.headers.get("hx-request") == "true":
            return Response(status_code=401, headers={"hx-redirect": "/sign-in"})
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target = back if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(target)}", 303)
    if _wants_page(request):
        pages: Pages = request.app.state.pages
        html = pages.html(
            request,
            "web/error.html",
            datetime.now(UTC),
            {"code": code, "text": error.text, "findings": findings},
        )
        return page(html, code)
    return JSONResponse(
        {
            "error": error.text.in_(language),
            "findings": [
                {
                    "where": f.where,
                    "problem": f.problem.in_(language),
                    "remedy": f.remedy.in_(language),
                    "severity": f.severity,
                }
                for f in findings
            ],
        },
        code,
        headers={"www-authenticate": "Bearer"} if code == 401 else None,
    )


def _sandan_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SandanError)
    if isinstance(error, Unavailable):
        log.error("unavailable: %s", error)
    return _answer(request, error, code_of(error))


def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    findings = [
        Finding(
            ".".join(str(part) for part in item["loc"][1:]) or "body",
            Text(f"값이 올바르지 않습니다 ({item['msg']}).", f"is not valid ({item['msg']})."),
            Text("값을 고쳐 다시 보내십시오.", "mend the value and send it again."),
        )
        for item in error.errors()
    ]
    return _answer(request, InvalidInput(findings), 422)


def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        text = Text("이 주소에는 아무것도 없습니다.", "There is nothing at this address.")
    else:
        text = Text(f"요청을 처리할 수 없습니다 ({error.status_code}).", f"{error.detail}")
    return _answer(request, SandanError(text), error.status_code)


def _surprise(request: Request, error: Exception) -> Response:
    log.exception("unexpected error at %s", request.url.path, exc_info=error)
    text = Text(
        "예상하지 못한 오류입니다. 기록에 남겼으니 관리자에게 시각을 알려 주십시오.",
        "An unexpected error. It was logged; tell the administrator the time.",
    )
    return _answer(request, SandanError(text), 500)
