"""An invented complex of any size, and how it behaves: for the demo, for tests, for trying things out.

`generate` builds the things, points and roads from a seed; `behave` sets them in motion: readings for
a period or tick by tick, and the troubles in them. Nothing here is a real place, firm or person, and
everything is marked simulated.
"""

from sandan.twin.demo.complex import DemoComplex, generate
from sandan.twin.demo.live import Behaviour, behave
from sandan.twin.demo.params import DemoParams
from sandan.twin.demo.roads import RoadGraph
from sandan.twin.demo.troubles import Reduction, Trouble

__all__ = [
    "Behaviour",
    "DemoComplex",
    "DemoParams",
    "Reduction",
    "RoadGraph",
    "Trouble",
    "behave",
    "generate",
]
