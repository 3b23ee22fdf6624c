"""Use-cases of the complex: find things, read samples, import, export, audit.

Every read asks here what the actor may see. What belongs to another firm is `NotFound`, never
`NotAllowed`: not even its existence is told.
"""
