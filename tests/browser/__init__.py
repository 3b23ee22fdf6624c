"""Pages in a real browser; a package, so that the demo and the browser go with its last test."""
