"""The pages of alarm rules: the table with its versions, and one rule, tried before it goes live."""

from __future__ import annotations

from sandan.control.pages.rules import form, table

routes = table.routes
__all__ = ["form", "routes", "table"]
