"""What energy speaks of: quarter-hours, contracts, tariffs, bills, forecasts, plans, settlements."""
