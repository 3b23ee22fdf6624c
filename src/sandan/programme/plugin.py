"""What the programme contributes."""

from __future__ import annotations

from sandan.domain import Domain
from sandan.programme.commands import programme
from sandan.programme.model.rights import (
    PROGRAMME_APPROVE,
    PROGRAMME_EDIT,
    PROGRAMME_EVALUATE,
    PROGRAMME_READ,
)
from sandan.programme.pages import changes, checks, schedule
from sandan.programme.service.indicators import INDICATORS
from sandan.web import NavItem
from sandan.words import Text

domain = Domain(
    name="programme",
    title=Text("사업·공약", "Programme"),
    package="sandan.programme",
    permissions=(PROGRAMME_READ, PROGRAMME_EDIT, PROGRAMME_APPROVE, PROGRAMME_EVALUATE),
    routes=(changes.routes, checks.routes, schedule.routes),
    nav=(NavItem(Text("사업·공약", "Programme"), "/programme", PROGRAMME_READ, 40, "g p"),),
    commands=(programme,),
    indicators=INDICATORS,
)
