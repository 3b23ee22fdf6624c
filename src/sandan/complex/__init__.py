"""The complex as pages, files and API: its things, points, samples and facts.

Read here what stands where, what was measured and what happened; bring it in, take it out. Who may
see what is decided in `service`, for pages, commands and the API alike.
"""
