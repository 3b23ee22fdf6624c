"""The integrated control centre (통합관제센터): what is happening in the complex, now.

A `Board` holds the newest value of every point and says, once a second, in what state each thing
on the map is. States come from the operator's own bounds on points and from silence.
"""

from sandan.control.engine.board import State, assess_points, worst_by_feature
from sandan.control.service.board import Board
from sandan.control.service.notices.demo import load_demo_contacts

__all__ = ["Board", "State", "assess_points", "load_demo_contacts", "worst_by_feature"]
