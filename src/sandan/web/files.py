"""Answers that are files to keep."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response


def attachment(content: str | bytes, name: str, media: str = "text/csv") -> Response:
    """A file called `name`, in any script; it is of now, so nobody on the way keeps a copy."""
    quoted = quote(name, safe="")
    said = f'filename="{name}"' if quoted == name else f"filename*=UTF-8''{quoted}"
    headers = {"content-disposition": f"attachment; {said}", "cache-control": "no-store"}
    return Response(content, media_type=media, headers=headers)
