"""From a release to an area: dispersion, dose, arrival, and how far to believe them."""
