"""Routes that say who may use them.

A route without a permission cannot be written: it is a required argument, and a test walks the
whole app for one that slipped past. `PUBLIC` is a permission like any other, and means everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, Request

from sandan.access import EVERYONE, Permission
from sandan.errors import NotAllowed
from sandan.web.session import NOBODY, actor_of, check_csrf
from sandan.words import Text

PUBLIC = Permission("public", Text("누구나", "Everybody"), EVERYONE)
SIGNED_IN = Permission("signed-in", Text("로그인한 사용자", "Anyone signed in"), EVERYONE)
BY_TOKEN = Permission("device-token", Text("장치 토큰", "A device's token"), frozenset())
"""For devices, which are not people: the route itself checks the token it was given."""
MARK = "x-permission"
Handler = TypeVar("Handler", bound=Callable[..., Any])


class SignInNeeded(NotAllowed):
    """Nobody is signed in: pages answer with the sign-in form, the API with 401."""

    def __init__(self) -> None:
        super().__init__(Text("로그인이 필요합니다.", "Please sign in."))


def requires(permission: Permission) -> Callable[[Request], None]:
    """A dependency that lets only actors with `permission` pass."""

    def gate(request: Request) -> None:
        if permission in (PUBLIC, BY_TOKEN):
            return
        actor = actor_of(request)
        if actor is NOBODY:
            raise SignInNeeded
        actor.require(permission)

    return gate


class Routes:
    """The routes of one domain: pages people read, actions they take, and the API."""

    def __init__(self, name: str, *, prefix: str = "") -> None:
        self.name = name
        self.router = APIRouter(prefix=prefix)

    def _add(
        self, path: str, method: str, permission: Permission, *, schema: bool, csrf: bool, **more: Any
    ) -> Callable[[Handler], Handler]:
        gates = [Depends(requires(permission))]
        if csrf:
            gates.append(Depends(check_csrf))

        def add(handler: Handler) -> Handler:
            self.router.add_api_route(
                path,
                handler,
                methods=[method],
                dependencies=gates,
                include_in_schema=schema,
                openapi_extra={MARK: permission.id},
                tags=[self.name],
                **({"response_model": None} | more),
            )
            return handler

        return add

    def page(self, path: str, *, permission: Permission) -> Callable[[Handler], Handler]:
        """GET a page or a part of one."""
        return self._add(path, "GET", permission, schema=False, csrf=False)

    def action(self, path: str, *, permission: Permission) -> Callable[[Handler], Handler]:
        """POST a form from a page; carries the session's CSRF token."""
        return self._add(path, "POST", permission, schema=False, csrf=True)

    def api(
        self, path: str, *, permission: Permission, method: str = "GET", **more: Any
    ) -> Callable[[Handler], Handler]:
        """A route under `/api`, in the OpenAPI document; a POST by cookie needs the CSRF header."""
        return self._add(
            f"/api{path}",
            method,
            permission,
            schema=True,
            csrf=method != "GET" and permission is not BY_TOKEN,
            **more,
        )
