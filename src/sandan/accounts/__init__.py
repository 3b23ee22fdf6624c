"""People: who may sign in, as what, for which firm; their sessions and their programs' tokens.

A person signs in with a login and a password and gets a session; a program gets a token that may
do less than its owner. Everything that changes who may do what is an event in the log.
"""

from sandan.accounts.model import Account, Draft, Session, Token
from sandan.accounts.service.beginnings import DEMO_FIRM, DEMO_OFFICERS, DEMO_START, demo_accounts, first_run
from sandan.accounts.service.people import add_user, change_user, disable_user, list_users, reset_password
from sandan.accounts.service.tokens import issue_token, revoke_token

__all__ = [
    "DEMO_FIRM",
    "DEMO_OFFICERS",
    "DEMO_START",
    "Account",
    "Draft",
    "Session",
    "Token",
    "add_user",
    "change_user",
    "demo_accounts",
    "disable_user",
    "first_run",
    "issue_token",
    "list_users",
    "reset_password",
    "revoke_token",
]
