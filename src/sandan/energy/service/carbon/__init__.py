"""Carbon inventories: what firms used and declared, what that comes to, and locking it."""
