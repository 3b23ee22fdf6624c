"""What the control centre keeps, and who may see it."""
