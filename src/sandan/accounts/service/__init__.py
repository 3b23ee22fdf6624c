"""Use-cases of accounts: each takes the store, who does it, and *now*, and records what happened.

No event carries a password, a token or a hash of one; people are named by their login only, since
the log can never forget.
"""
