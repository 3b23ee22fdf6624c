"""Printed documents: what stands in them, and how they are set as PDF in a font of our own."""

from __future__ import annotations

from sandan.printing.fonts import FAMILY, MISSING, fonts, printable
from sandan.printing.plan import Layer, Name, Style, draw_plan
from sandan.printing.qr import qr_svg
from sandan.printing.sheet import Block, Cell, Facts, Grid, Items, Picture, Piece, Section, Sheet
from sandan.printing.typeset import sheet_pdf

__all__ = [
    "FAMILY",
    "MISSING",
    "Block",
    "Cell",
    "Facts",
    "Grid",
    "Items",
    "Layer",
    "Name",
    "Picture",
    "Piece",
    "Section",
    "Sheet",
    "Style",
    "draw_plan",
    "fonts",
    "printable",
    "qr_svg",
    "sheet_pdf",
]
