"""Stories that cross domains, each in one file one can read from top to bottom."""
