"""The paper of a permit as a file."""

from __future__ import annotations

from datetime import datetime

from sandan.control.engine.permits.paper import SignLine, permit_sheet
from sandan.control.service.permits.asking import provisions_of
from sandan.control.service.permits.checking import PermitDesk
from sandan.control.service.permits.reading import Paper
from sandan.printing import qr_svg, sheet_pdf
from sandan.words import Language


def permit_pdf(
    desk: PermitDesk, paper: Paper, address: str, language: Language, now: datetime, complex_name: str
) -> bytes:
    """The permit as it stands at `now`, with `address` as its code."""
    signs = [SignLine(one.name, one.post, one.at) for one in paper.signatures]
    provisions = provisions_of(paper.work.kind)
    code = qr_svg(address)
    sheet = permit_sheet(paper.work, signs, provisions, desk.params, code, language, now, complex_name)
    return sheet_pdf(sheet)
