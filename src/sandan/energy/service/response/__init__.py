"""The desk for demand response: who takes part, what is bid and asked for, what was left, what it earned."""
