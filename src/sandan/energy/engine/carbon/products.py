"""A facility's emissions shared among what it made: what a firm writes into a CBAM sheet."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite

from sandan.energy.model.carbon import Basis, Inventory, Place, Product, ProductShare
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


def product_shares(
    inventory: Inventory, place: Place, products: Sequence[Product], basis: Basis, *, market: bool = False
) -> tuple[ProductShare, ...]:
    """Direct and indirect emissions of `place` by product; the shares add up to the place, to the gram.

    Shares are by mass, energy or hours as the firm chooses; what rounding leaves goes to the largest
    remainders, the earlier product first. `market` takes the market-based figure of electricity. Raises
    `InvalidInput` for a product without the chosen basis or when nothing was made.
    """
    weights, findings = [], []
    for one in products:
        value = {Basis.MASS: one.tonnes, Basis.ENERGY: one.energy, Basis.HOURS: one.hours}[basis]
        if value is None or not isfinite(value) or value < 0:
            findings.append(
                Finding(
                    f"product.{one.id}.{basis}",
                    Text(
                        f"{one.name.ko}의 배분 기준값이 없습니다.",
                        f"{one.name.en} has no figure to share by.",
                    ),
                    Text("0 이상의 값을 적어 주십시오.", "Give a figure of 0 or more."),
                )
            )
        else:
            weights.append(Fraction(repr(float(value))))
    if len({one.id for one in products}) < len(products):
        findings.append(
            Finding(
                "products",
                Text("같은 제품이 두 번 있습니다.", "A product is there twice."),
                Text("제품을 한 번씩만 적어 주십시오.", "Name each product once."),
            )
        )
    whole = sum(weights, Fraction(0))
    if not findings and not whole:
        findings.append(
            Finding(
                "products",
                Text("배분 기준의 합이 0입니다.", "The figures to share by add up to nothing."),
                Text("제품이나 기준을 확인해 주십시오.", "Check the products or the basis."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    lines = [line for line in inventory.lines if line.place == place]
    direct = share(sum(line.grams for line in lines if line.scope == 1), weights)
    indirect = share(
        sum(line.market_grams if market else line.grams for line in lines if line.scope == 2), weights
    )
    return tuple(
        ProductShare(one, basis, float(weight / whole), a, b)
        for one, weight, a, b in zip(products, weights, direct, indirect, strict=True)
    )


def share(grams: int, weights: Sequence[Fraction]) -> list[int]:
    """`grams` cut in proportion to `weights` without a gram lost (largest remainders)."""
    whole = sum(weights, Fraction(0))
    parts = [grams * weight / whole for weight in weights]
    cut = [part.numerator // part.denominator for part in parts]
    order = sorted(range(len(parts)), key=lambda i: (cut[i] - parts[i], i))
    for i in order[: grams - sum(cut)]:
        cut[i] += 1
    return cut
