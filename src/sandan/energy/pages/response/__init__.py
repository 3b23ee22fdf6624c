"""Pages of the desk for demand response."""

from sandan.energy.pages.response.desk import routes as desk_routes
from sandan.energy.pages.response.events import routes as event_routes
from sandan.energy.pages.response.register import routes as register_routes

ROUTES = (desk_routes, register_routes, event_routes)
