"""Who may do what in the programme."""

from __future__ import annotations

from sandan.access import STAFF, Permission, Role
from sandan.words import Text

PROGRAMME_READ = Permission(
    "programme.read", Text("사업·공약 보기", "Read the programme"), STAFF | {Role.VIEWER}
)
PROGRAMME_EDIT = Permission(
    "programme.edit",
    Text("사업·공약 입력·변경 요청", "Enter and change the programme"),
    frozenset({Role.OFFICER}),
)
PROGRAMME_APPROVE = Permission(
    "programme.approve",
    Text("사업·공약 검토·승인·공개", "Review, approve and publish the programme"),
    frozenset({Role.OFFICER}),
)
PROGRAMME_EVALUATE = Permission(
    "programme.evaluate", Text("혁신계획 평가", "Evaluate plans"), frozenset({Role.OFFICER})
)
