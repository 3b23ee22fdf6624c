"""The first administrator of a new store, and the accounts of a demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sandan.access import ROLE_NAMES, SYSTEM, Role
from sandan.accounts import records
from sandan.accounts.model import Account, Draft
from sandan.accounts.service.people import add_user
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

FIRST = "admin"
PASSWORD = "SANDAN_ADMIN_PASSWORD"  # noqa: S105  # the variable's name, not a password
DEMO_OFFICERS = ("officer-demo", "officer2-demo")
"""Two officers, since nobody decides on a request of their own."""
DEMO_ROLES: dict[str, Role] = {f"{role.value}-demo": role for role in Role} | {DEMO_OFFICERS[1]: Role.OFFICER}
DEMO_START = "operator-demo"
DEMO_FIRM = "firm-demo"


def first_run(store: Store, now: datetime, environment: Mapping[str, str]) -> Sequence[Text]:
    """Add `admin` to a store nobody can sign in to; what to tell whoever runs it.

    The password is taken from `SANDAN_ADMIN_PASSWORD`, or made up, told once, and to be changed.
    """
    with store.registry.read() as conn:
        if records.list_accounts(conn, simulated=False):
            return []
    name = ROLE_NAMES[Role.ADMIN].ko
    once = add_user(
        store,
        SYSTEM,
        Draft(FIRST, name, frozenset({Role.ADMIN})),
        now,
        password=environment.get(PASSWORD),
    )
    if once is None:
        return [
            Text(
                f"관리자 '{FIRST}'을(를) 만들었습니다. 비밀번호는 {PASSWORD}의 값입니다.",
                f"Added the administrator '{FIRST}' with the password in {PASSWORD}.",
            )
        ]
    return [
        Text(
            f"관리자 '{FIRST}'을(를) 만들었습니다. 일회용 비밀번호: {once}\n"
            "다시 보여 드리지 않습니다. 처음 로그인하면 새 비밀번호를 정합니다.",
            f"Added the administrator '{FIRST}'. One-time password: {once}\n"
            "It is not shown again. You choose your own when you first sign in.",
        )
    ]


def _employees(firm: Thing) -> float:
    count = firm.attributes.get("employees")
    return count if isinstance(count, int | float) else 0


def demo_accounts(store: Store, now: datetime) -> list[Account]:
    """A simulated account for each role and a second officer, without passwords; those there already stay.

    The firm's person belongs to the firm with the most employees; without firms there is none.
    """
    with store.registry.write() as conn:
        firm = max(
            store.things.all(conn, ["firm"]),
            key=_employees,
            default=None,
        )
        for login, role in DEMO_ROLES.items():
            if records.find_account(conn, login) is not None or (role is Role.FIRM and firm is None):
                continue
            new = Account(
                login,
                f"{ROLE_NAMES[role].ko}{' 2' if login == DEMO_OFFICERS[1] else ''} (모의)",
                frozenset({role}),
                firm.id if firm is not None and role is Role.FIRM else None,
                "ko",
                disabled=False,
                must_change=False,
                simulated=True,
                created_at=now,
            )
            records.add_account(conn, new, None)
            store.events.append(
                conn,
                "UserAdded",
                actor=SYSTEM,
                subject=new.subject,
                payload={"roles": sorted(new.roles), "firm": new.tenant, "simulated": True},
                at=now,
                tenant=new.tenant,
            )
        return records.list_accounts(conn, simulated=True)
