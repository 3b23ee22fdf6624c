"""What a device is told, from a wish, its limits and its last measured state; and when it must fall back."""

from sandan.energy.engine.dispatch.deciding import decide
from sandan.energy.engine.dispatch.falling import expected, strays
from sandan.energy.engine.dispatch.feeders import Feeder, keep_feeder
from sandan.energy.engine.dispatch.limits import breaches, clip

__all__ = ["Feeder", "breaches", "clip", "decide", "expected", "keep_feeder", "strays"]
