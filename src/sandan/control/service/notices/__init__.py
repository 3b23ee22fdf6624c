"""Telling people: deciding, sending, and what came back."""
