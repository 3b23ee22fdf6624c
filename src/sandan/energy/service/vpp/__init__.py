"""The desk of the roofs' power plant: its register and prices, forecasts handed in, deviation, settlement."""
