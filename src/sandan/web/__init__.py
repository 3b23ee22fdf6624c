"""The toolkit domains build their pages with; knows no domain.

`Routes` declares pages, actions and API routes with the permission each needs; `Live` streams
events to open pages; `build_server` makes the application that `app` runs.
"""

from sandan.web.files import attachment
from sandan.web.live import STAFF, Live
from sandan.web.render import NavItem, Pages
from sandan.web.routes import BY_TOKEN, PUBLIC, SIGNED_IN, Routes
from sandan.web.server import build_server, declared_permission
from sandan.web.session import Authenticator

__all__ = [
    "BY_TOKEN",
    "PUBLIC",
    "SIGNED_IN",
    "STAFF",
    "Authenticator",
    "Live",
    "NavItem",
    "Pages",
    "Routes",
    "attachment",
    "build_server",
    "declared_permission",
]
