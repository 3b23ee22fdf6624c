"""Telling people: who may be told, in which words, when, and who is next when nobody answers."""
