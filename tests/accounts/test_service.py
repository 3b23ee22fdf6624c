"""Accounts, sessions and tokens on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from sandan.access import OUTSIDER, SYSTEM, Permission, Role
from sandan.accounts import records
from sandan.accounts.engine import fingerprint
from sandan.accounts.model import MANAGE, OWN, Draft, SessionLimits
from sandan.accounts.service.beginnings import demo_accounts, first_run
from sandan.accounts.service.hashing import decoy, matches, outdated, seal
from sandan.accounts.service.people import (
    add_user,
    change_own_password,
    change_user,
    disable_user,
    draft_of,
    enable_user,
    list_users,
    reset_password,
)
from sandan.accounts.service.signing import (
    Door,
    Visitor,
    WrongSignIn,
    end_own_sessions,
    find_session,
    own_sessions,
    session_limits,
    sign_in,
    sign_in_simulated,
    sign_out,
)
from sandan.accounts.service.tokens import (
    actor_of_token,
    find_token,
    grantable,
    issue_token,
    own_tokens,
    revoke_token,
)
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.settings import Settings
from sandan.web.errors import TooMany
from sandan.words import Text

PASSWORD = "너른 들판의 소나무 셋"  # of everybody in the fixture `people`
READ = Permission("probe.read", Text("탐침 읽기", "Read probes"), frozenset({Role.OPERATOR, Role.FIRM}))
WRITE = Permission("probe.write", Text("탐침 쓰기", "Write probes"), frozenset({Role.OPERATOR}))
LIMITS = SessionLimits(timedelta(hours=12), timedelta(days=14))
HOME = Visitor("10.0.0.1", "브라우저")


def account(store, login):
    with store.registry.read() as conn:
        return records.get_account(conn, login)


def events(store, kind=None):
    with store.registry.read() as conn:
        return store.events.find(conn, kind=kind)


def come_in(store, login, now, password=PASSWORD, visitor=HOME, door=None):
    return sign_in(store, door or Door(), login, password, visitor, LIMITS, now)


def test_the_tables_are_those_the_migrations_made(people):
    """Every column the code knows can be written and read."""
    boss = account(people, "boss")
    assert boss.roles == {Role.ADMIN}
    assert boss.created_at.utcoffset() == timedelta(0)
    assert [a.login for a in list_users(people, SYSTEM)] == ["boss", "maker", "reader", "watch"]
    assert [a.login for a in list_users(people, SYSTEM, text="FIRM-1")] == ["maker"]


def test_the_right_password_opens_a_session(people, clock):
    """The token finds the person; the store holds only its hash."""
    opened = come_in(people, " Watch ", clock.now())
    session, found = find_session(people, opened.token, LIMITS, clock.now())
    assert found.login == "watch"
    assert session.id == fingerprint(opened.token) != opened.token
    assert account(people, "watch").signed_in_at == clock.now()
    assert events(people)[0].kind == "SignedIn"


@pytest.mark.parametrize("login", ["watch", "nobody-here", "off"])
def test_every_failure_is_the_same_answer(people, clock, login):
    """A wrong password, an unknown person and a disabled one cannot be told apart."""
    add_user(people, SYSTEM, Draft("off", "꺼짐", frozenset({Role.VIEWER})), clock.now(), password=PASSWORD)
    disable_user(people, SYSTEM, "off", clock.now())
    with pytest.raises(WrongSignIn) as refused:
        come_in(people, login, clock.now(), PASSWORD if login == "off" else "다른 비밀번호입니다")
    assert refused.value.text == WrongSignIn().text


def test_an_unknown_login_is_not_written_down(people, clock):
    """People type their password into the login field; the log can never forget."""
    with pytest.raises(WrongSignIn):
        come_in(people, "my-secret-password", clock.now())
    failed = events(people, "SignInFailed")[0]
    assert "my-secret" not in str(failed)
    assert failed.subject == "account"


def test_no_event_holds_a_secret(people, clock):
    """Neither passwords nor tokens nor their hashes are in any payload."""
    opened = come_in(people, "watch", clock.now())
    once = reset_password(people, SYSTEM, "maker", clock.now())
    actor = account(people, "watch").actor()
    _, secret = issue_token(people, actor, "수집기", [READ.id], 1, [READ], clock.now())
    with people.registry.read() as conn:
        sealed = records.password_of(conn, "watch")
    said = str(events(people))
    for word in (
        PASSWORD,
        opened.token,
        once,
        secret,
        sealed,
        fingerprint(secret),
        fingerprint(opened.token),
    ):
        assert word not in said


def test_the_decoy_costs_what_a_real_hash_costs():
    """An unknown login takes the same work: same algorithm, same parameters, and nothing opens it."""
    assert not outdated(decoy())
    assert decoy().split("$")[1:4] == seal(PASSWORD).split("$")[1:4]
    assert not matches(None, PASSWORD)


def test_a_password_hashed_with_older_parameters_is_hashed_anew(people, clock):
    """Signing in is when the password is known, and so when it is done."""
    from_before = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with people.registry.write() as conn:
        records.change_account(conn, "watch", password=from_before)
    come_in(people, "watch", clock.now())
    with people.registry.read() as conn:
        assert not outdated(records.password_of(conn, "watch"))
    come_in(people, "watch", clock.now())


def test_guessing_is_slowed_but_its_victim_is_not_locked_out(people, clock):
    """Ten guesses an address and person; the person from a known address still gets in."""
    door = Door()
    come_in(people, "watch", clock.now(), visitor=Visitor("10.9.9.9"), door=door)
    for _ in range(10):
        with pytest.raises(WrongSignIn):
            come_in(people, "watch", clock.now(), "맞지 않는 비밀번호", door=door)
    with pytest.raises(TooMany):
        come_in(people, "watch", clock.now(), PASSWORD, door=door)
    for n in range(60):  # a crowd of addresses uses up what strangers may try
        try:
            door.knock("watch", f"192.0.2.{n}")
        except TooMany:
            break
    with pytest.raises(TooMany):
        door.knock("watch", "198.51.100.1")
    assert come_in(people, "watch", clock.now(), visitor=Visitor("10.9.9.9"), door=door).token


def test_one_address_cannot_try_many_people(people):
    """Sixty attempts in ten minutes, whoever they are for."""
    door = Door()
    for n in range(60):
        door.knock(f"person{n}", "203.0.113.7")
    with pytest.raises(TooMany):
        door.knock("person61", "203.0.113.7")
    door.knock("person61", "203.0.113.8")


def test_a_session_slides_but_not_for_ever(people, clock):
    """Twelve hours without use end it, and so do fourteen days with."""
    start = clock.now()
    token = come_in(people, "watch", start).token
    assert find_session(people, token, LIMITS, start + timedelta(hours=11))
    assert find_session(people, token, LIMITS, start + timedelta(hours=22))
    assert find_session(people, token, LIMITS, start + timedelta(hours=34, minutes=1)) is None
    token = come_in(people, "watch", start).token
    for hours in range(0, 14 * 24, 8):
        assert find_session(people, token, LIMITS, start + timedelta(hours=hours))
    assert find_session(people, token, LIMITS, start + timedelta(days=14)) is None


def test_ended_sessions_are_forgotten(people, clock):
    """The next sign-in clears what nobody can use."""
    come_in(people, "watch", clock.now())
    later = clock.now() + timedelta(days=2)
    come_in(people, "reader", later)
    with people.registry.read() as conn:
        assert records.sessions_of(conn, "watch") == []


def test_signing_out_ends_this_session_only(people, clock):
    """The other browser stays, until signed out everywhere."""
    one, two = (come_in(people, "watch", clock.now()).token for _ in range(2))
    actor = account(people, "watch").actor()
    sign_out(people, actor, one, clock.now())
    assert find_session(people, one, LIMITS, clock.now()) is None
    assert len(own_sessions(people, actor, LIMITS, clock.now())) == 1
    assert end_own_sessions(people, actor, clock.now()) == 1
    assert find_session(people, two, LIMITS, clock.now()) is None
    assert [e.kind for e in events(people)[:2]] == ["SessionsEnded", "SignedOut"]


def test_nobody_ends_another_persons_session(people, clock):
    """Knowing a session's id, or even its token, is not enough."""
    token = come_in(people, "watch", clock.now()).token
    other = account(people, "reader").actor()
    sign_out(people, other, token, clock.now())
    assert end_own_sessions(people, other, clock.now(), only=fingerprint(token)) == 0
    assert find_session(people, token, LIMITS, clock.now())


def test_a_disabled_person_is_out_at_once(people, clock):
    """Sessions end, tokens are revoked, and enabling again brings neither back."""
    token = come_in(people, "watch", clock.now()).token
    _, secret = issue_token(
        people, account(people, "watch").actor(), "수집기", [READ.id], 9, [READ], clock.now()
    )
    disable_user(people, SYSTEM, "watch", clock.now())
    assert find_session(people, token, LIMITS, clock.now()) is None
    assert find_token(people, secret, clock.now()) is None
    enable_user(people, SYSTEM, "watch", clock.now())
    assert find_session(people, token, LIMITS, clock.now()) is None
    assert find_token(people, secret, clock.now()) is None
    assert come_in(people, "watch", clock.now()).token


def test_the_last_administrator_cannot_be_lost(people, clock):
    """Neither by disabling nor by a change of roles; with a second one it goes."""
    with pytest.raises(Conflict):
        disable_user(people, SYSTEM, "boss", clock.now())
    with pytest.raises(Conflict):
        change_user(people, SYSTEM, Draft("boss", "이름", frozenset({Role.VIEWER})), clock.now())
    demo_accounts(people, clock.now())
    with pytest.raises(Conflict):
        disable_user(people, SYSTEM, "boss", clock.now())
    add_user(people, SYSTEM, Draft("boss2", "둘째", frozenset({Role.ADMIN})), clock.now())
    disable_user(people, SYSTEM, "boss", clock.now())


def test_only_an_administrator_manages_users(people, clock):
    """An operator who calls the service gets no further than the page would let him."""
    actor = account(people, "watch").actor()
    for attempt in (
        lambda: list_users(people, actor),
        lambda: add_user(people, actor, Draft("kim", "김", frozenset({Role.ADMIN})), clock.now()),
        lambda: change_user(people, actor, Draft("watch", "나", frozenset({Role.ADMIN})), clock.now()),
        lambda: disable_user(people, actor, "boss", clock.now()),
        lambda: reset_password(people, actor, "boss", clock.now()),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_firm_must_be_one(people, clock):
    """A road, or a firm that is not there, cannot have people."""
    for tenant in ("road-1", "firm-9"):
        with pytest.raises(InvalidInput) as refused:
            add_user(people, SYSTEM, Draft("kim", "김", frozenset({Role.FIRM}), tenant), clock.now())
        assert refused.value.findings[0].where == "tenant"


def test_a_login_is_taken_once(people, clock):
    """Whatever capitals it is written in."""
    with pytest.raises(Conflict):
        add_user(people, SYSTEM, draft_of("BOSS", "다른 사람", ["viewer"], "", "ko"), clock.now())


def test_changes_of_roles_are_events_with_before_and_after(people, clock):
    """An unchanged form leaves no event."""
    same = Draft("watch", "watch 이름", frozenset({Role.OPERATOR}))
    change_user(people, SYSTEM, same, clock.now())
    assert events(people)[0].kind == "UserAdded"
    change_user(people, SYSTEM, replace(same, roles=frozenset({Role.FIRM}), tenant="firm-2"), clock.now())
    changed = events(people)[0]
    assert (changed.kind, changed.tenant) == ("RolesChanged", "firm-2")
    assert changed.payload["roles_before"] == ["operator"]


def test_who_sees_whose_data(people):
    """Staff see every firm's, a firm's person its own, a viewer only what is nobody's."""
    seen = {
        login: [account(people, login).actor().sees(t) for t in (None, "firm-1", "firm-2")]
        for login in ("watch", "maker", "reader")
    }
    assert seen == {
        "watch": [True, True, True],
        "maker": [True, True, False],
        "reader": [True, False, False],
    }
    assert account(people, "reader").actor().tenant == OUTSIDER


def test_a_one_time_password_leads_to_the_password_only(people, clock):
    """Until it is changed, the person may do nothing else."""
    once = add_user(people, SYSTEM, Draft("kim", "김", frozenset({Role.ADMIN})), clock.now())
    opened = come_in(people, "kim", clock.now(), once)
    actor = opened.account.actor()
    assert actor.may(OWN)
    assert not actor.may(MANAGE)
    session = fingerprint(opened.token)
    change_own_password(people, actor, once, "새로 정한 긴 비밀번호", clock.now(), session=session)
    _, found = find_session(people, opened.token, LIMITS, clock.now())
    assert found.actor().may(MANAGE)
    with pytest.raises(WrongSignIn):
        come_in(people, "kim", clock.now(), once)


def test_changing_the_password_ends_the_other_sessions(people, clock):
    """This one goes on."""
    here, there = (come_in(people, "watch", clock.now()).token for _ in range(2))
    actor = account(people, "watch").actor()
    with pytest.raises(InvalidInput) as refused:
        change_own_password(people, actor, "틀린 비밀번호", "short", clock.now(), session="")
    assert [f.where for f in refused.value.findings] == ["old_password", "password"]
    change_own_password(
        people, actor, PASSWORD, "완전히 다른 긴 비밀번호", clock.now(), session=fingerprint(here)
    )
    assert find_session(people, here, LIMITS, clock.now())
    assert find_session(people, there, LIMITS, clock.now()) is None


def test_a_reset_ends_everything(people, clock):
    """Sessions and tokens of before are worth nothing."""
    token = come_in(people, "watch", clock.now()).token
    actor = account(people, "watch").actor()
    _, secret = issue_token(people, actor, "수집기", [READ.id], 9, [READ], clock.now())
    once = reset_password(people, SYSTEM, "watch", clock.now())
    assert find_session(people, token, LIMITS, clock.now()) is None
    assert find_token(people, secret, clock.now()) is None
    assert come_in(people, "watch", clock.now(), once).account.must_change


def test_a_token_does_less_than_its_owner(people, clock):
    """Only its scope, only while the owner may, and never for longer than it says."""
    actor = account(people, "watch").actor()
    made, secret = issue_token(people, actor, "수집기", [READ.id], 30, [READ, WRITE], clock.now())
    program = actor_of_token(*find_token(people, secret, clock.now()))
    assert program.may(READ)
    assert not program.may(WRITE)
    change_user(people, SYSTEM, Draft("watch", "이름", frozenset({Role.VIEWER})), clock.now())
    program = actor_of_token(*find_token(people, secret, clock.now()))
    assert not program.may(READ)
    assert find_token(people, secret, made.expires_at) is None
    assert find_token(people, "sandan_" + "x" * 43, clock.now()) is None
    assert find_token(people, fingerprint(secret), clock.now()) is None


def test_an_administrators_token_is_narrow_too(people, clock):
    """The scope binds even who may do everything, and accounts are never in it."""
    actor = account(people, "boss").actor()
    assert grantable(actor, [READ, MANAGE, OWN]) == [READ]
    with pytest.raises(InvalidInput):
        issue_token(people, actor, "만능", [MANAGE.id], 1, [READ, MANAGE], clock.now())
    _, secret = issue_token(people, actor, "수집기", [READ.id], 1, [READ, WRITE], clock.now())
    program = actor_of_token(*find_token(people, secret, clock.now()))
    assert not program.may(WRITE)
    assert not program.may(MANAGE)


def test_a_token_gets_every_finding_at_once(people, clock):
    """No name, no days, a right that is not the owner's."""
    other = Permission("other", Text("남의 것", "Other"), frozenset({Role.ENERGY}))
    actor = account(people, "watch").actor()
    with pytest.raises(InvalidInput) as refused:
        issue_token(people, actor, " ", ["other"], 400, [READ, other], clock.now())
    assert [f.where for f in refused.value.findings] == ["name", "days", "scope"]


def test_only_the_owner_revokes_a_token(people, clock):
    """It stays listed, closed, and says when it was last used."""
    actor = account(people, "watch").actor()
    made, secret = issue_token(people, actor, "수집기", [READ.id], 9, [READ], clock.now())
    find_token(people, secret, clock.now())
    with pytest.raises(NotFound):
        revoke_token(people, account(people, "boss").actor(), made.id, clock.now())
    revoke_token(people, actor, made.id, clock.now())
    assert find_token(people, secret, clock.now()) is None
    kept = own_tokens(people, actor)[0]
    assert (kept.used_at, kept.revoked_at) == (clock.now(), clock.now())


def test_the_first_administrator_is_made_once(store, clock):
    """With a one-time password that is told, and not again."""
    said = first_run(store, clock.now(), {})
    assert "admin" in said[0].ko
    once = said[0].en.split("password: ")[1].split("\n")[0]
    assert come_in(store, "admin", clock.now(), once).account.must_change
    assert first_run(store, clock.now(), {}) == []


def test_the_first_administrators_password_may_come_from_the_environment(store, clock):
    """A weak one is refused, and a good one is not repeated."""
    with pytest.raises(InvalidInput):
        first_run(store, clock.now(), {"SANDAN_ADMIN_PASSWORD": "admin"})
    said = first_run(store, clock.now(), {"SANDAN_ADMIN_PASSWORD": PASSWORD})
    assert PASSWORD not in str(said)
    assert not come_in(store, "admin", clock.now()).account.must_change


def test_a_demo_has_one_person_for_each_role(people, clock):
    """All simulated, none with a password; twice makes no more; the biggest firm's person is there."""
    made = demo_accounts(people, clock.now())
    assert {role for a in made for role in a.roles} == set(Role)
    assert all(a.simulated and "모의" in a.name for a in made)
    assert next(a for a in made if Role.FIRM in a.roles).tenant == "firm-2"
    assert demo_accounts(people, clock.now()) == made
    with pytest.raises(WrongSignIn):
        come_in(people, "admin-demo", clock.now(), "")
    with pytest.raises(Conflict):
        reset_password(people, SYSTEM, "admin-demo", clock.now())


def test_a_demos_session_is_worth_nothing_outside_the_demo(people, clock):
    """A demo's store may later be served for real."""
    demo_accounts(people, clock.now())
    token = sign_in_simulated(people, "admin-demo", HOME, LIMITS, clock.now()).token
    assert find_session(people, token, LIMITS, clock.now(), demo=True)
    assert find_session(people, token, LIMITS, clock.now()) is None
    with pytest.raises(NotAllowed):
        sign_in_simulated(people, "boss", HOME, LIMITS, clock.now())


def test_a_demo_without_firms_has_nobody_of_a_firm(store, clock):
    """The other roles are there all the same."""
    assert {role for a in demo_accounts(store, clock.now()) for role in a.roles} == set(Role) - {Role.FIRM}


def test_session_days_are_checked():
    """A setting that cannot be is refused with its name."""
    assert session_limits(Settings()).longest == timedelta(days=14)
    with pytest.raises(InvalidInput):
        session_limits(Settings(rest={"accounts": {"session_days": "many"}}))
