"""The pages of incidents: the list, the workspace of one, the procedures."""
