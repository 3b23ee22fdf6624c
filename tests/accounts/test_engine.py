"""The rules of accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.access import Role
from sandan.accounts.engine import (
    LONGEST,
    SHORTEST,
    browser_name,
    check_draft,
    check_password,
    common_passwords,
    fingerprint,
    is_loopback,
    neighbourhood,
    normal_login,
    normal_password,
)
from sandan.accounts.model import Draft
from sandan.web.session import local_path


def wheres(findings):
    return sorted(finding.where for finding in findings)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "password123",
        "QWER1234!@#$",
        "hong.gildong",
        "hong.gildong2026!",
        "1212121212121212",
        "x" * (LONGEST + 1),
        "１２３４５６７８９０",
    ],
)
def test_guessable_passwords_are_refused(password):
    """Too short, too long, common, one's own login, or the same in full-width letters."""
    assert wheres(check_password(password, "hong.gildong")) == ["password"] * len(
        check_password(password, "hong.gildong")
    )
    assert check_password(password, "hong.gildong")


@pytest.mark.parametrize("password", ["correct horse battery", "너른 들판의 소나무 셋", "aaaabbbbccccd"])
def test_length_is_enough(password):
    """No digit, capital or sign is demanded."""
    assert check_password(password, "hong.gildong") == []


def test_the_common_passwords_are_all_long_enough_to_matter():
    """A shorter one is refused for its length already; the list is kept in order."""
    assert all(len(normal_password(password).casefold()) >= SHORTEST for password in common_passwords())
    assert all(password == normal_password(password).casefold() for password in common_passwords())


def test_a_draft_gets_every_finding_at_once():
    """Nothing is corrected in silence, and nothing waits for the next attempt."""
    draft = Draft("한글 아이디", "", frozenset({Role.FIRM, Role.ADMIN}))
    assert wheres(check_draft(draft)) == ["login", "name", "roles", "tenant"]


@pytest.mark.parametrize(
    ("draft", "where"),
    [
        (Draft("system", "이름", frozenset({Role.VIEWER})), "login"),
        (Draft("a", "이름", frozenset({Role.VIEWER})), "login"),
        (Draft("kim/../x", "이름", frozenset({Role.VIEWER})), "login"),
        (Draft("kim", "이름", frozenset()), "roles"),
        (Draft("kim", "이름", frozenset({Role.OPERATOR}), "firm-1"), "tenant"),
        (Draft("kim", "줄\n바꿈", frozenset({Role.VIEWER})), "name"),
    ],
)
def test_what_a_draft_may_not_say(draft, where):
    """Reserved or odd logins, no role, a firm without the firm's role, a name with control characters."""
    assert wheres(check_draft(draft)) == [where]


def test_logins_are_the_same_however_typed():
    """Capitals, spaces around and full-width letters make no other person."""
    assert normal_login(" Ｈong.Gildong ") == "hong.gildong"


@given(st.text(max_size=40))
def test_a_fingerprint_never_fails(secret):
    """Whatever a cookie holds, broken letters too, it has a hash."""
    assert len(fingerprint(secret)) == 64


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_subscriber_is_one_place(address, same):
    """Who holds a /64 cannot dodge the count by changing the last half."""
    assert neighbourhood(address) == same


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/1 Safari/5 Edg/1", "Edge · Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/1 Safari/5", "Chrome · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox · Linux"),
        ("curl/8.0", "Another program"),
        ("", "Another program"),
    ],
)
def test_a_browser_is_named_as_its_user_would(agent, name):
    """So that a session that is not one's own is noticed."""
    assert browser_name(agent).en == name


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.0.4", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_is_this_machine_only(host, expected):
    """All interfaces, and names that merely begin like it, are not."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "",
        "/\r\nset-cookie: a=b",
    ],
)
def test_nobody_is_sent_to_a_foreign_site(target):
    """What a browser would read as another host becomes the start page."""
    assert local_path(target) == "/"


def test_a_local_path_is_kept():
    """Query and Korean letters included."""
    assert local_path("/things/공장 1?as_of=2026-01-01") == "/things/공장 1?as_of=2026-01-01"
