"""What Sandan remembers: the registry (the twin kept), the historian (samples), events (facts).

`open_store(url...)` gives a `Store`; services take it, together with *now*, as arguments.
"""
