"""Pages of accounts: signing in, one's own account, the users, and the settings.

Handlers are plain functions, so that hashing and the database run beside the event loop.
"""

from sandan.accounts.pages.account import account_routes
from sandan.accounts.pages.demo import demo_routes
from sandan.accounts.pages.settings import settings_routes
from sandan.accounts.pages.signing import signing_routes
from sandan.accounts.pages.users import user_routes

ROUTES = (signing_routes, account_routes, user_routes, settings_routes, demo_routes)

__all__ = ["ROUTES"]
