"""An invented complex of any size, and how it behaves: for the demo, for tests, for trying things out.

`generate` builds the things, points and roads from a seed. Nothing here is
a real place, firm or person, and everything is marked simulated.
"""

from sandan.twin.demo.complex import DemoComplex, generate
from sandan.twin.demo.params import DemoParams
from sandan.twin.demo.roads import RoadGraph

__all__ = ["DemoComplex", "DemoParams", "RoadGraph", "generate"]
