"""What the programme computes: pure functions over a `Book` or a `Document`."""
