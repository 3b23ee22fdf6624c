"""What the complex contributes."""

from __future__ import annotations

from sandan.complex.commands import EXPORTS, IMPORTS
from sandan.complex.model import AUDIT, COMPLEX_READ, EXPORT, IMPORT
from sandan.complex.pages import api, audit, exchange, explore, things
from sandan.domain import Domain
from sandan.web import NavItem
from sandan.words import Text

domain = Domain(
    name="complex",
    title=Text("산단", "Complex"),
    package="sandan.complex",
    permissions=(COMPLEX_READ, EXPORT, IMPORT, AUDIT),
    routes=(things.pages, explore.pages, exchange.pages, audit.pages, api.routes),
    imports=IMPORTS,
    exports=EXPORTS,
    nav=(
        NavItem(Text("설비·기업", "Things"), "/things", COMPLEX_READ, 20, "g t"),
        NavItem(Text("탐색", "Explore"), "/explore", COMPLEX_READ, 30, "g e"),
        NavItem(Text("감사 기록", "Audit"), "/audit", AUDIT, 80, "g h"),
    ),
)
