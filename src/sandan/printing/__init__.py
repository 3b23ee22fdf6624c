"""Printed documents: what stands in them, and how they are set as PDF in a font of our own."""

from __future__ import annotations

from sandan.printing.fonts import FAMILY, MISSING, fonts, printable
from sandan.printing.sheet import Block, Cell, Facts, Grid, Items, Piece, Section, Sheet
from sandan.printing.typeset import sheet_pdf

__all__ = [
    "FAMILY",
    "MISSING",
    "Block",
    "Cell",
    "Facts",
    "Grid",
    "Items",
    "Piece",
    "Section",
    "Sheet",
    "fonts",
    "printable",
    "sheet_pdf",
]
