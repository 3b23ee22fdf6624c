"""What people do about incidents: each act is one transaction with its event in it."""
