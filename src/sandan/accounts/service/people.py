"""Who has an account: adding, changing, disabling, and passwords."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor, Role
from sandan.accounts import records
from sandan.accounts.engine import check_draft, check_password, normal_login
from sandan.accounts.model import MANAGE, Account, Draft
from sandan.accounts.service.hashing import matches, one_time_password, outdated, seal
from sandan.errors import Conflict, Finding, InvalidInput, NotAllowed, NotFound
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import LANGUAGES, Language, Text


def list_users(store: Store, actor: Actor, *, text: str = "") -> list[Account]:
    """Every account, or those in whose login, name or firm `text` occurs."""
    actor.require(MANAGE)
    with store.registry.read() as conn:
        return records.list_accounts(conn, text=text.strip())


def get_user(store: Store, actor: Actor, login: str) -> Account:
    actor.require(MANAGE)
    with store.registry.read() as conn:
        return records.get_account(conn, login)


def find_firms(store: Store, actor: Actor, *, text: str = "", limit: int = 20) -> list[Thing]:
    """Firms a person may be put to, by name or id."""
    actor.require(MANAGE)
    with store.registry.read() as conn:
        return store.things.find(conn, kind="firm", text=text, limit=limit)


def add_user(
    store: Store, actor: Actor, draft: Draft, now: datetime, *, password: str | None = None
) -> str | None:
    """Add a person with `password`, or with a one-time password, which is then returned."""
    actor.require(MANAGE)
    once = one_time_password() if password is None else None
    findings = check_draft(draft)
    if password is not None:
        findings += check_password(password, draft.login)
    _refuse(findings)
    sealed = seal(once or password or "")
    new = Account(
        draft.login,
        draft.name.strip(),
        draft.roles,
        draft.tenant,
        draft.language,
        disabled=False,
        must_change=once is not None,
        simulated=False,
        created_at=now,
    )
    with store.registry.write() as conn:
        if records.find_account(conn, new.login) is not None:
            raise Conflict(
                Text(
                    f"아이디 '{new.login}'은(는) 이미 있습니다. 다른 아이디를 고르십시오.",
                    f"The login '{new.login}' exists. Choose another one.",
                )
            )
        _check_firm(store, conn, new.tenant)
        records.add_account(conn, new, sealed)
        store.events.append(
            conn,
            "UserAdded",
            actor=actor,
            subject=new.subject,
            payload={"roles": sorted(new.roles), "firm": new.tenant, "one_time_password": new.must_change},
            at=now,
            tenant=new.tenant,
        )
    return once


def change_user(store: Store, actor: Actor, draft: Draft, now: datetime) -> None:
    """Change a person's name, language, roles and firm; an event for each kind of change."""
    actor.require(MANAGE)
    _refuse(check_draft(draft))
    with store.registry.write() as conn:
        old = records.get_account(conn, draft.login)
        if draft.tenant != old.tenant:
            _check_firm(store, conn, draft.tenant)
        if Role.ADMIN not in draft.roles:
            _keep_an_admin(conn, old)
        name = draft.name.strip()
        records.change_account(
            conn, old.login, name=name, language=draft.language, roles=draft.roles, tenant=draft.tenant
        )
        if (old.roles, old.tenant) != (draft.roles, draft.tenant):
            store.events.append(
                conn,
                "RolesChanged",
                actor=actor,
                subject=old.subject,
                payload={
                    "roles": sorted(draft.roles),
                    "roles_before": sorted(old.roles),
                    "firm": draft.tenant,
                    "firm_before": old.tenant,
                },
                at=now,
                tenant=draft.tenant,
            )
        if (old.name, old.language) != (name, draft.language):
            store.events.append(
                conn,
                "UserChanged",
                actor=actor,
                subject=old.subject,
                payload={"renamed": old.name != name, "language": draft.language},
                at=now,
                tenant=draft.tenant,
            )


def disable_user(store: Store, actor: Actor, login: str, now: datetime) -> None:
    """Shut a person out at once: sessions end and tokens are revoked; the account stays for the record."""
    actor.require(MANAGE)
    with store.registry.write() as conn:
        old = records.get_account(conn, login)
        if old.disabled:
            return
        _keep_an_admin(conn, old)
        records.change_account(conn, login, disabled=True)
        payload = _shut_out(conn, login, now)
        store.events.append(
            conn, "UserDisabled", actor=actor, subject=old.subject, payload=payload, at=now, tenant=old.tenant
        )


def enable_user(store: Store, actor: Actor, login: str, now: datetime) -> None:
    """Let a disabled person in again, with the password that was there; tokens stay revoked."""
    actor.require(MANAGE)
    with store.registry.write() as conn:
        old = records.get_account(conn, login)
        if not old.disabled:
            return
        records.change_account(conn, login, disabled=False)
        store.events.append(
            conn, "UserEnabled", actor=actor, subject=old.subject, payload={}, at=now, tenant=old.tenant
        )


def reset_password(
    store: Store, actor: Actor, login: str, now: datetime, *, password: str | None = None
) -> str | None:
    """Give a person `password`, or a one-time one, which is returned; ends sessions and tokens."""
    actor.require(MANAGE)
    once = one_time_password() if password is None else None
    if password is not None:
        _refuse(check_password(password, login))
    sealed = seal(once or password or "")
    with store.registry.write() as conn:
        old = records.get_account(conn, login)
        if old.simulated:
            raise Conflict(
                Text(
                    "모의 계정에는 비밀번호를 둘 수 없습니다. 사람의 계정을 따로 만드십시오.",
                    "A simulated account takes no password. Add an account for the person instead.",
                )
            )
        records.change_account(conn, login, password=sealed, must_change=once is not None)
        payload = _shut_out(conn, login, now)
        store.events.append(
            conn,
            "PasswordReset",
            actor=actor,
            subject=old.subject,
            payload=payload,
            at=now,
            tenant=old.tenant,
        )
    return once


def change_own_password(
    store: Store, actor: Actor, old_password: str, new_password: str, now: datetime, *, session: str
) -> None:
    """A person's own change, who proves the old one; every session but this one ends."""
    with store.registry.read() as conn:
        own = own_account(conn, actor)
        sealed = records.password_of(conn, own.login)
    findings = check_password(new_password, own.login)
    if not matches(sealed, old_password):
        findings.insert(
            0,
            Finding(
                "old_password",
                Text("지금 비밀번호가 다릅니다.", "this is not your present password."),
                Text("지금 쓰는 비밀번호를 다시 적으십시오.", "write the one you signed in with."),
            ),
        )
    elif matches(sealed, new_password):
        findings.append(
            Finding(
                "password",
                Text("지금 비밀번호와 같습니다.", "it is your present password."),
                Text("새 비밀번호를 고르십시오.", "choose a new one."),
            )
        )
    _refuse(findings)
    fresh = seal(new_password)
    with store.registry.write() as conn:
        if records.password_of(conn, own.login) != sealed:
            raise Conflict(
                Text(
                    "그사이 비밀번호가 바뀌었습니다. 다시 로그인하십시오.",
                    "The password was changed in between. Sign in again.",
                )
            )
        records.change_account(conn, own.login, password=fresh, must_change=False)
        ended = records.remove_sessions(conn, own.login, but=session)
        store.events.append(
            conn,
            "PasswordChanged",
            actor=actor,
            subject=own.subject,
            payload={"sessions_ended": ended},
            at=now,
            tenant=own.tenant,
        )


def choose_own_language(store: Store, actor: Actor, language: Language) -> None:
    """Which language a person is greeted in; a taste, and so no event."""
    if language not in LANGUAGES:
        raise NotFound(Text("언어", "language"), language)
    with store.registry.write() as conn:
        records.change_account(conn, own_account(conn, actor).login, language=language)


def own_account(conn: Connection, actor: Actor) -> Account:
    """The account behind `actor`; Sandan itself and devices have none."""
    found = records.find_account(conn, actor.id)
    if found is None or found.disabled:
        raise NotAllowed(Text("이 작업은 사람의 계정으로만 합니다.", "Only a person's account can do this."))
    return found


def refresh_hash(conn: Connection, login: str, sealed: str, password: str) -> None:
    """Hash anew when the parameters have changed since."""
    if outdated(sealed):
        records.change_account(conn, login, password=seal(password))


def draft_of(login: str, name: str, roles: list[str], tenant: str, language: str) -> Draft:
    """A draft from a form's or a command's words; a role or language that does not exist is a finding."""
    known = {role.value for role in Role}
    findings = [
        Finding(
            "roles",
            Text(f"'{role}' 역할은 없습니다.", f"there is no role '{role}'."),
            Text(f"쓸 수 있는 역할: {', '.join(sorted(known))}", f"roles: {', '.join(sorted(known))}"),
        )
        for role in roles
        if role not in known
    ]
    if language not in LANGUAGES:
        findings.append(
            Finding(
                "language",
                Text(f"'{language}'은(는) 쓸 수 없는 언어입니다.", f"'{language}' is not offered."),
                Text("ko 또는 en을 고르십시오.", "choose ko or en."),
            )
        )
    _refuse(findings)
    chosen: Language = "en" if language == "en" else "ko"
    return Draft(
        normal_login(login), name.strip(), frozenset(Role(role) for role in roles), tenant or None, chosen
    )


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise InvalidInput(findings)


def _check_firm(store: Store, conn: Connection, tenant: str | None) -> None:
    if tenant is None:
        return
    try:
        firm = store.things.get(conn, tenant)
    except NotFound:
        firm = None
    if firm is None or firm.kind != "firm":
        raise InvalidInput.because(
            "tenant",
            Text(f"'{tenant}' 기업이 없습니다.", f"there is no firm '{tenant}'."),
            Text("목록에서 기업을 고르십시오.", "choose a firm from the list."),
        )


def _keep_an_admin(conn: Connection, leaving: Account) -> None:
    """Somebody must remain who can let others in; a demo's accounts do not count."""
    if Role.ADMIN not in leaving.roles or leaving.simulated or leaving.disabled:
        return
    others = (a for a in records.list_accounts(conn, simulated=False) if a.login != leaving.login)
    if not any(Role.ADMIN in other.roles and not other.disabled for other in others):
        raise Conflict(
            Text(
                f"'{leaving.login}'은(는) 마지막 관리자입니다. 다른 관리자를 먼저 정하십시오.",
                f"'{leaving.login}' is the last administrator. Appoint another one first.",
            )
        )


def _shut_out(conn: Connection, login: str, now: datetime) -> dict[str, int]:
    return {
        "sessions_ended": records.remove_sessions(conn, login),
        "tokens_revoked": records.revoke_tokens(conn, login, now),
    }
