"""The screens of the control centre."""
