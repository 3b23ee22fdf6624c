"""The complex as pure data: things, points, samples, their tables, geometry, checks and file formats."""
