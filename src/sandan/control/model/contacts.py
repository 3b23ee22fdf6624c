"""Whom the control centre tells: duties and posts of organisations, never persons.

A contact stands for whoever is on duty there. Addresses are entered by the operator; the keys of the
gateways that reach them are no part of a contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from sandan.words import Language, Text


class ChannelKind(StrEnum):
    """Ways to reach somebody without a person dialling."""

    SMS = "sms"
    MAIL = "mail"
    MESSENGER = "messenger"
    WEBHOOK = "webhook"


CHANNEL_NAMES: dict[ChannelKind, Text] = {
    ChannelKind.SMS: Text("문자", "SMS"),
    ChannelKind.MAIL: Text("전자우편", "E-mail"),
    ChannelKind.MESSENGER: Text("메신저", "Messenger"),
    ChannelKind.WEBHOOK: Text("웹훅", "Webhook"),
}


class Circle(StrEnum):
    """What a contact may be told of."""

    AUTHORITY = "authority"
    """Every incident, with the firms it concerns: 119, the environment office, the city."""
    FIRM = "firm"
    """Incidents that concern its own firm, with no other firm's name."""
    PUBLIC = "public"
    """Public warnings only, which name no firm: residents, schools, a bus operator."""


CIRCLE_NAMES: dict[Circle, Text] = {
    Circle.AUTHORITY: Text("기관·관제", "Authority or control centre"),
    Circle.FIRM: Text("입주기업", "Tenant firm"),
    Circle.PUBLIC: Text("주민·공중", "Residents and public"),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach a contact; an empty `gateway` means the only or first one of its kind."""

    kind: ChannelKind
    address: str
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of Seoul in which only what cannot wait is sent; `end` before `start` means the next morning."""

    start: time
    end: time


class TroubleKind(StrEnum):
    """How it was found that a contact cannot be reached as the book says."""

    WRONG_NUMBER = "wrong_number"
    NOT_THEIRS = "not_theirs"
    NOT_TAKEN = "not_taken"


TROUBLE_NAMES: dict[TroubleKind, Text] = {
    TroubleKind.WRONG_NUMBER: Text("전화번호 틀림", "Wrong telephone number"),
    TroubleKind.NOT_THEIRS: Text("받을 곳이 아니라고 답함", "Says it is not for them"),
    TroubleKind.NOT_TAKEN: Text("게이트웨이가 받지 않음", "Gateway does not take it"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last sign that a contact has to be looked at; `what` is the address it was, where it was one."""

    kind: TroubleKind
    at: datetime
    what: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A duty or post of an organisation.

    `group` is what procedures call it when a step tells it (`told_groups.csv`); `order` its place in the
    phone tree of the organisation, 1 first; `level` the lowest level of an incident at which it is told;
    empty `kinds` mean every kind; `answer_minutes` how long it has to answer before the next in the tree
    is told (None: as the setting says).
    """

    id: str
    organisation: str
    post: str
    circle: Circle
    group: str = ""
    language: Language = "ko"
    tenant: str | None = None
    order: int = 1
    phone: str = ""
    channels: tuple[Channel, ...] = ()
    level: int = 1
    kinds: frozenset[str] = frozenset()
    quiet: Quiet | None = None
    answer_minutes: int | None = None
    active: bool = True
