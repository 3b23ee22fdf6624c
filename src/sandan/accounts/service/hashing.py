"""Passwords under argon2id, with the parameters OWASP gives for a server under load.

Four are worked on at once: each takes 19 MiB, and a flood of sign-ins must not take the machine.
"""

from __future__ import annotations

import secrets
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sandan.accounts.engine import normal_password

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_AT_ONCE = BoundedSemaphore(4)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another when read aloud


def seal(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(normal_password(password))


def matches(sealed: str | None, password: str) -> bool:
    """Whether `password` is the one; takes as long when there is none to compare with."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(sealed or decoy(), normal_password(password)) and sealed is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(sealed: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(sealed)


@cache
def decoy() -> str:
    """A hash that no password opens, to spend the same time on."""
    return _HASHER.hash(secrets.token_urlsafe(32))


def one_time_password() -> str:
    """Sixteen letters to be read out once, about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def new_secret() -> str:
    """256 random bits for a session's or a program's token."""
    return secrets.token_urlsafe(32)
