"""Who may do what in the control centre."""

from __future__ import annotations

from sandan.access import EVERYONE, STAFF, Permission, Role
from sandan.words import Text

WATCH = Permission("control.watch", Text("관제 화면 보기", "See the control room"), EVERYONE)
"""Everybody, each what is theirs: a firm sees its own alarms and the notices sent to it."""
CASES = Permission("control.cases", Text("사건·위험구역 보기", "See incidents and hazard areas"), STAFF)
OPERATE = Permission(
    "control.operate",
    Text("경보 확인·사건 처리·전파", "Handle alarms and incidents, tell people"),
    frozenset({Role.OPERATOR}),
)
DESIGN = Permission(
    "control.design",
    Text("경보 규칙·대응절차·연락망 변경", "Change alarm rules, procedures and contacts"),
    frozenset({Role.OPERATOR}),
)
PERMITS = Permission(
    "control.permits",
    Text("작업허가 신청·조회", "Ask for and see work permits"),
    frozenset({Role.OPERATOR, Role.FIRM}),
)
"""A firm sees and asks for its own; a permit is granted by who may operate."""
