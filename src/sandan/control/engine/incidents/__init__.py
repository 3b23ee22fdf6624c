"""What follows from an incident and the time: pure functions, `now` an argument."""
