"""The pages of energy."""
