"""What energy computes: bills, forecasts, plans, settlements; arrays in, arrays out."""
