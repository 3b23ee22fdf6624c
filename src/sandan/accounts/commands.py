"""`sandan user …`: accounts from the machine Sandan runs on, for when nobody can sign in."""

from __future__ import annotations

import click

from sandan.access import Role
from sandan.accounts.records import get_account
from sandan.accounts.service.people import (
    add_user,
    disable_user,
    draft_of,
    enable_user,
    list_users,
    reset_password,
)
from sandan.accounts.service.tokens import issue_token
from sandan.domain import Runtime, installed_domains
from sandan.errors import Conflict
from sandan.words import LANGUAGES, Text

ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """Add, list and shut out people, and issue tokens for programs."""


@user.command()
@click.argument("login")
@click.option("--name", help="The name to show; the login if absent.")
@click.option("--role", "roles", multiple=True, required=True, type=ROLES, help="Repeatable.")
@click.option("--firm", default="", help="The id of the firm, for the role firm.")
@click.option("--language", type=click.Choice(LANGUAGES), default="ko", show_default=True)
@click.option("--ask", is_flag=True, help="Ask for a password instead of making a one-time one.")
@click.pass_obj
def add(
    runtime: Runtime,
    login: str,
    name: str | None,
    roles: tuple[str, ...],
    firm: str,
    language: str,
    ask: bool,
) -> None:
    """Add a person; prints the one-time password, once."""
    draft = draft_of(login, name or login, list(roles), firm, language)
    password = _asked(runtime) if ask else None
    with runtime.store() as store:
        once = add_user(store, runtime.actor, draft, runtime.clock.now(), password=password)
    runtime.say(Text(f"'{draft.login}'을(를) 만들었습니다.", f"Added '{draft.login}'."))
    _say_once(runtime, once)


@user.command("list")
@click.argument("text", default="")
@click.pass_obj
def list_(runtime: Runtime, text: str) -> None:
    """List people, or those in whose login, name or firm TEXT occurs."""
    with runtime.store() as store:
        people = list_users(store, runtime.actor, text=text)
    for person in people:
        roles = ",".join(sorted(person.roles))
        marks = [
            word
            for word, holds in (
                (Text("사용 안 함", "disabled"), person.disabled),
                (Text("일회용 비밀번호", "one-time password"), person.must_change),
                (Text("모의", "simulated"), person.simulated),
            )
            if holds
        ]
        seen = person.signed_in_at.isoformat(timespec="minutes") if person.signed_in_at else "–"
        shown = " ".join(f"[{mark.in_(runtime.language)}]" for mark in marks)
        line = f"{person.login}\t{person.name}\t{roles}\t{person.tenant or '–'}\t{seen}\t{shown}".rstrip()
        runtime.say(Text(line, line))


@user.command()
@click.argument("login")
@click.pass_obj
def disable(runtime: Runtime, login: str) -> None:
    """Shut a person out at once; the account stays for the record."""
    with runtime.store() as store:
        disable_user(store, runtime.actor, login, runtime.clock.now())
    runtime.say(Text(f"'{login}'의 사용을 막았습니다.", f"Disabled '{login}'."))


@user.command()
@click.argument("login")
@click.pass_obj
def enable(runtime: Runtime, login: str) -> None:
    """Let a disabled person in again."""
    with runtime.store() as store:
        enable_user(store, runtime.actor, login, runtime.clock.now())
    runtime.say(Text(f"'{login}'을(를) 다시 쓸 수 있게 했습니다.", f"Enabled '{login}'."))


@user.command()
@click.argument("login")
@click.option("--ask", is_flag=True, help="Ask for a password instead of making a one-time one.")
@click.pass_obj
def password(runtime: Runtime, login: str, ask: bool) -> None:
    """Give a person a new password; ends sessions and revokes tokens."""
    given = _asked(runtime) if ask else None
    with runtime.store() as store:
        once = reset_password(store, runtime.actor, login, runtime.clock.now(), password=given)
    runtime.say(Text(f"'{login}'의 비밀번호를 바꾸었습니다.", f"Changed the password of '{login}'."))
    _say_once(runtime, once)


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="Which program uses it.")
@click.option("--scope", "scope", multiple=True, required=True, help="A permission's id; repeatable.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 365))
@click.pass_obj
def token(runtime: Runtime, login: str, name: str, scope: tuple[str, ...], days: int) -> None:
    """Issue a token for a program of LOGIN; prints it, once."""
    permissions = [permission for domain in installed_domains() for permission in domain.permissions]
    with runtime.store() as store:
        with store.registry.read() as conn:
            owner = get_account(conn, login)
        if owner.disabled:
            raise Conflict(Text(f"'{login}'은(는) 사용이 막혀 있습니다.", f"'{login}' is disabled."))
        now = runtime.clock.now()
        made, secret = issue_token(
            store, owner.actor(), name, scope, days, permissions, now, by=runtime.actor
        )
    runtime.say(
        Text(
            f"토큰 {made.id} ({made.expires_at:%Y-%m-%d}까지). 다시 보여 드리지 않습니다:",
            f"Token {made.id}, until {made.expires_at:%Y-%m-%d}. It is not shown again:",
        )
    )
    runtime.say(Text(secret, secret))


def _asked(runtime: Runtime) -> str:
    prompt = Text("새 비밀번호", "New password").in_(runtime.language)
    again = Text("한 번 더", "Again").in_(runtime.language)
    answer: str = click.prompt(prompt, hide_input=True, confirmation_prompt=again)
    return answer


def _say_once(runtime: Runtime, once: str | None) -> None:
    if once is not None:
        runtime.say(
            Text(
                f"일회용 비밀번호: {once}  (다시 보여 드리지 않습니다)",
                f"One-time password: {once}  (not shown again)",
            )
        )
