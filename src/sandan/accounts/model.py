"""People's accounts, their sessions and their programs' tokens, as frozen data.

No type here holds a password, a hash of one or a token: what can be shown or logged by mistake
carries no secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandan.access import EVERYONE, OUTSIDER, ROLE_NAMES, STAFF, Actor, Permission, Role
from sandan.words import Language, Text

OWN = Permission("accounts.own", Text("자기 계정 관리", "Own account"), EVERYONE)
MANAGE = Permission("accounts.manage", Text("사용자 관리", "Manage users"), frozenset({Role.ADMIN}))
INSPECT = Permission("accounts.inspect", Text("시스템 정보 보기", "See the system's settings"), STAFF)

ACCOUNT = Text("사용자", "user")
MARK = Text("모의", "simulated")

ROLE_DUTIES: dict[Role, Text] = {
    Role.ADMIN: Text(
        "사용자와 설정을 관리하고 모든 화면과 작업을 쓸 수 있습니다.",
        "Manages users and settings, and may do everything.",
    ),
    Role.OPERATOR: Text(
        "관제실에서 단지를 지켜보고 경보와 수집 문제를 처리합니다. 모든 기업의 자료를 봅니다.",
        "Watches the complex in the control room, handles alarms and intake. Sees every firm's data.",
    ),
    Role.ENERGY: Text(
        "전력 사용, 예측, 요금과 설비 운전을 맡습니다. 모든 기업의 자료를 봅니다.",
        "Looks after power use, forecasts, bills and plant operation. Sees every firm's data.",
    ),
    Role.LOGISTICS: Text(
        "공동 물류, 통근버스, 중량물 운송을 맡습니다. 모든 기업의 자료를 봅니다.",
        "Looks after shared freight, commuter buses and heavy cargo. Sees every firm's data.",
    ),
    Role.OFFICER: Text(
        "사업 계획, 예산, 지표와 감사 기록을 맡습니다. 모든 기업의 자료를 봅니다.",
        "Looks after the programme's plan, budget, indicators and audit trail. Sees every firm's data.",
    ),
    Role.FIRM: Text(
        "자기 기업의 자료와 단지 공용 자료만 봅니다. 기업 하나를 정해야 합니다.",
        "Sees only its own firm's data and what the whole complex shares. Needs one firm.",
    ),
    Role.VIEWER: Text(
        "어느 기업의 것도 아닌 공용 자료만 보고, 아무것도 바꾸지 않습니다.",
        "Sees only what belongs to no firm, and changes nothing.",
    ),
}


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in; `login` is the id in every event and never changes hands."""

    login: str
    name: str
    roles: frozenset[Role]
    tenant: str | None
    language: Language
    disabled: bool
    must_change: bool
    simulated: bool
    created_at: datetime
    signed_in_at: datetime | None = None

    @property
    def subject(self) -> str:
        """What events about this account are filed under."""
        return subject_of(self.login)

    @property
    def role_names(self) -> list[Text]:
        """Its roles in words, in the order of the role table."""
        return [ROLE_NAMES[role] for role in Role if role in self.roles]

    def actor(self, scope: frozenset[str] | None = None) -> Actor:
        """Who acts under this account; until a one-time password is changed, on the account only."""
        tenant = None if self.roles & STAFF else self.tenant or OUTSIDER
        if self.must_change:
            scope = frozenset({OWN.id})
        return Actor(self.login, self.name, self.roles, tenant, scope=scope)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an administrator writes about a person."""

    login: str
    name: str
    roles: frozenset[Role]
    tenant: str | None = None
    language: Language = "ko"


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in; `id` is the hash of its token and opens nothing."""

    id: str
    account: str
    created_at: datetime
    seen_at: datetime
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Token:
    """A program's way in; `scope` names the permissions it may use, if its owner still has them."""

    id: str
    account: str
    name: str
    scope: frozenset[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def open_at(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """A session ends after `idle` without use, and after `longest` whatever happens."""

    idle: timedelta
    longest: timedelta

    def ended(self, session: Session, now: datetime) -> bool:
        return now >= min(session.seen_at + self.idle, session.created_at + self.longest)


def subject_of(login: str) -> str:
    return f"account:{login}"
