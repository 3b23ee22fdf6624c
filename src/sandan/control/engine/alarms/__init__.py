"""Alarms: when they come, what may happen to them, and how to live with many."""
