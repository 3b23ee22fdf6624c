"""Who acts, and what a role may do.

A permission is declared by the domain whose pages and services need it; the role table here is
fixed. A firm's people see their own firm's data and what belongs to no tenant: services ask
`Actor.sees(tenant)`, and no query is trusted to remember it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sandan.errors import NotAllowed
from sandan.words import Text


class Role(StrEnum):
    """The seven roles; the first five are staff of the complex."""

    ADMIN = "admin"
    OPERATOR = "operator"
    ENERGY = "energy"
    LOGISTICS = "logistics"
    OFFICER = "officer"
    FIRM = "firm"
    VIEWER = "viewer"


ROLE_NAMES: dict[Role, Text] = {
    Role.ADMIN: Text("관리자", "Administrator"),
    Role.OPERATOR: Text("관제사", "Control-room operator"),
    Role.ENERGY: Text("에너지 담당", "Energy manager"),
    Role.LOGISTICS: Text("물류 담당", "Logistics coordinator"),
    Role.OFFICER: Text("사업 담당관", "Programme officer"),
    Role.FIRM: Text("입주기업", "Tenant firm"),
    Role.VIEWER: Text("열람자", "Viewer"),
}

STAFF = frozenset({Role.ADMIN, Role.OPERATOR, Role.ENERGY, Role.LOGISTICS, Role.OFFICER})
EVERYONE = frozenset(Role)
OUTSIDER = "-"
"""The tenant of a person who is neither staff nor of a firm: no data carry it, so that whatever is
filtered by tenant shows such a person only what belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that a route or a service requires; `admin` has every right."""

    id: str
    name: Text
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a device or Sandan itself, doing something.

    `tenant` is the id of the firm a person belongs to, `OUTSIDER` for one of no firm, and `None` for
    staff only. A person of role `firm` always has one. A device has the role it was registered with
    and only `grants`. `scope`, when there is one, narrows what the roles allow: a program's token
    may do less than the person it belongs to.
    """

    id: str
    name: str
    roles: frozenset[Role]
    tenant: str | None = None
    grants: frozenset[str] = frozenset()
    scope: frozenset[str] | None = None

    def may(self, permission: Permission) -> bool:
        if self.scope is not None and permission.id not in self.scope:
            return False
        if permission.id in self.grants or Role.ADMIN in self.roles:
            return True
        return bool(self.roles & permission.roles)

    def require(self, permission: Permission) -> None:
        """Raise `NotAllowed` unless this actor may do it."""
        if not self.may(permission):
            if self.scope is not None and permission.id not in self.scope:
                raise NotAllowed(
                    Text(
                        f"지금 접속의 범위에 '{permission.name.ko}' 권한이 없습니다. 일회용 비밀번호로 "
                        "로그인했다면 먼저 비밀번호를 바꾸고, 토큰이라면 범위를 넓혀 다시 발급하십시오.",
                        f"This access does not cover the right '{permission.name.en}'. After a one-time "
                        "password, choose your own first; for a token, issue one with a wider scope.",
                    )
                )
            raise NotAllowed(
                Text(
                    f"이 작업에는 '{permission.name.ko}' 권한이 필요합니다. 관리자에게 요청하십시오.",
                    f"This needs the right '{permission.name.en}'. Ask an administrator.",
                )
            )

    def sees(self, tenant: str | None) -> bool:
        """Whether data of `tenant` are this actor's to see; data of no tenant are everyone's."""
        return tenant is None or self.tenant is None or self.tenant == tenant


SYSTEM = Actor("system", "Sandan", frozenset({Role.ADMIN}))
