"""The types and tables of the control centre."""
