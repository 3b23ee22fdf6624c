"""What energy does with the store: contracts, tariffs, bills, the balance."""
