"""What accounts contribute: who people are, their pages, and the `user` command."""

from __future__ import annotations

from sandan.access import Actor
from sandan.accounts.commands import user
from sandan.accounts.model import INSPECT, MANAGE, OWN
from sandan.accounts.pages import ROUTES
from sandan.accounts.pages.visitor import Entrance, demo_allowed
from sandan.accounts.service.beginnings import first_run
from sandan.accounts.service.signing import Door, find_session, session_limits
from sandan.accounts.service.tokens import actor_of_token, find_token
from sandan.domain import Domain, House
from sandan.web import Authenticator, NavItem
from sandan.words import Text


class LocalAccounts:
    """Finds people and their programs among the accounts kept here.

    Another way to sign in (a ministry's single sign-on) would be another `Authenticator`: the rest
    of Sandan knows an `Actor` only.
    """

    def __init__(self, house: House, entrance: Entrance) -> None:
        self._house = house
        self._entrance = entrance

    def of_session(self, token: str) -> Actor | None:
        house, entrance = self._house, self._entrance
        found = find_session(house.store, token, entrance.limits, house.clock.now(), demo=entrance.demo)
        return None if found is None else found[1].actor()

    def of_bearer(self, token: str) -> Actor | None:
        house = self._house
        found = find_token(house.store, token, house.clock.now(), demo=self._entrance.demo)
        return None if found is None else actor_of_token(*found)


def authenticator(house: House) -> Authenticator:
    """The accounts of this house; a demo's own accounts count in a demo on this machine only."""
    entrance = Entrance(Door(), session_limits(house.settings), demo_allowed(house.settings))
    house.keep(entrance)
    return LocalAccounts(house, entrance)


domain = Domain(
    name="accounts",
    title=Text("계정과 설정", "Accounts and settings"),
    package="sandan.accounts",
    permissions=(OWN, MANAGE, INSPECT),
    routes=ROUTES,
    nav=(NavItem(Text("설정", "Settings"), "/settings", OWN, order=95),),
    commands=(user,),
    authenticator=authenticator,
    first_run=first_run,
)
