"""The rules of accounts, pure: what a login, a set of roles and a password must be like.

Passwords follow NIST SP 800-63B: length counts, the commonest are refused, and nobody is made to
put a digit in.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from sandan.access import ROLE_NAMES, STAFF, Role
from sandan.accounts.model import Draft
from sandan.errors import Finding
from sandan.words import Text

SHORTEST, LONGEST = 10, 256
RESERVED = frozenset({"system", "nobody", "sandan", "anonymous"})
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")

_BROWSERS = (  # the more particular first: most of them also name Chrome and Safari
    ("Whale/", "Whale"),
    ("Edg/", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def normal_login(text: str) -> str:
    """A login as it is kept: without spaces around it, in lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def normal_password(text: str) -> str:
    """A password as it is hashed: the same from every keyboard and input method (RFC 8265)."""
    return unicodedata.normalize("NFKC", text)


def check_draft(draft: Draft) -> list[Finding]:
    """Everything wrong with what was written about a person, whatever the store holds."""
    findings = []
    if not _LOGIN.fullmatch(draft.login):
        findings.append(
            Finding(
                "login",
                Text(f"'{draft.login}'은(는) 쓸 수 없는 아이디입니다.", f"'{draft.login}' is not usable."),
                Text(
                    "영문 소문자와 숫자로 시작해 2~64자, 그 뒤에는 . _ - @ 도 쓸 수 있습니다.",
                    "use 2 to 64 lower-case letters and digits; after the first also . _ - @",
                ),
            )
        )
    elif draft.login in RESERVED:
        findings.append(
            Finding(
                "login",
                Text(f"'{draft.login}'은(는) 산단이 쓰는 이름입니다.", f"'{draft.login}' is Sandan's own."),
                Text("다른 아이디를 고르십시오.", "choose another one."),
            )
        )
    return [*findings, *_check_name(draft.name), *_check_roles(draft)]


def _check_name(name: str) -> list[Finding]:
    if 1 <= len(name.strip()) <= 80 and name.isprintable():
        return []
    return [
        Finding(
            "name",
            Text("표시 이름이 없거나 너무 깁니다.", "the display name is missing or too long."),
            Text("화면에 보일 이름을 80자 안으로 적으십시오.", "write a name of up to 80 characters."),
        )
    ]


def _check_roles(draft: Draft) -> list[Finding]:
    findings = []
    if not draft.roles:
        findings.append(
            Finding(
                "roles",
                Text("역할이 하나도 없습니다.", "no role is chosen."),
                Text("역할을 하나 이상 고르십시오.", "choose one or more."),
            )
        )
    staff = draft.roles & STAFF
    if Role.FIRM in draft.roles and staff:
        names = [ROLE_NAMES[role] for role in Role if role in staff]
        findings.append(
            Finding(
                "roles",
                Text(
                    f"입주기업 역할은 {', '.join(n.ko for n in names)} 역할과 함께 가질 수 없습니다.",
                    f"a tenant firm's person cannot also be {', '.join(n.en for n in names)}.",
                ),
                Text("계정을 따로 만드십시오.", "make two accounts."),
            )
        )
    if Role.FIRM in draft.roles and not draft.tenant:
        findings.append(
            Finding(
                "tenant",
                Text("입주기업 역할에는 기업이 있어야 합니다.", "a tenant firm's person needs a firm."),
                Text("소속 기업을 고르십시오.", "choose the firm."),
            )
        )
    if draft.tenant and Role.FIRM not in draft.roles:
        findings.append(
            Finding(
                "tenant",
                Text("기업은 입주기업 역할에만 정합니다.", "only a tenant firm's person has a firm."),
                Text("기업을 비우거나 입주기업 역할을 고르십시오.", "leave it empty or choose that role."),
            )
        )
    return findings


def check_password(password: str, login: str) -> list[Finding]:
    """Everything wrong with a new password for `login`."""
    findings = []

    def refuse(problem: Text, remedy: Text) -> None:
        findings.append(Finding("password", problem, remedy))

    plain = normal_password(password).casefold()
    if len(plain) < SHORTEST:
        refuse(
            Text(
                f"비밀번호가 {len(plain)}자입니다. {SHORTEST}자 이상이어야 합니다.",
                f"it has {len(plain)} characters; at least {SHORTEST} are needed.",
            ),
            Text("기억하기 쉬운 낱말 서너 개를 이어 쓰십시오.", "put three or four words together."),
        )
    if len(plain) > LONGEST:
        refuse(
            Text(f"비밀번호가 {LONGEST}자보다 깁니다.", f"it is longer than {LONGEST} characters."),
            Text("조금 줄이십시오.", "shorten it."),
        )
    if login and _remainder(plain, login) == "":
        refuse(
            Text("비밀번호가 아이디와 거의 같습니다.", "it is little more than the login."),
            Text("아이디와 관계없는 것을 고르십시오.", "choose one that has nothing to do with it."),
        )
    elif plain in common_passwords() or len(set(plain)) < 4:
        refuse(
            Text("누구나 먼저 시도해 볼 비밀번호입니다.", "it is among those anybody tries first."),
            Text("남이 짐작하지 못할 것을 고르십시오.", "choose one nobody can guess."),
        )
    return findings


def _remainder(plain: str, login: str) -> str:
    """What is left of a password without the login, digits and punctuation."""
    if login.casefold() not in plain:
        return plain
    return "".join(c for c in plain.replace(login.casefold(), "") if c.isalpha())


@cache
def common_passwords() -> Collection[str]:
    """Those of at least `SHORTEST` characters that lists of leaked passwords begin with."""
    text = files("sandan.accounts").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def fingerprint(secret: str) -> str:
    """What the store keeps of a session's or a program's token: 256 random bits need no salt."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def neighbourhood(address: str) -> str:
    """The part of a network address that one person holds: all of IPv4, a /64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def browser_name(agent: str) -> Text:
    """A browser as its user would name it, from the `User-Agent` it sent; every one names Mozilla."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    if browser is None:
        return Text("다른 프로그램", "Another program")
    return Text(f"{browser} · {system}", f"{browser} · {system}") if system else Text(browser, browser)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
