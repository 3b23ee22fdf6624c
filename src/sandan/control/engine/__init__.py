"""Pure functions of the control centre: states of the board."""
