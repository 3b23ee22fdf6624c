"""The air, the stacks and the smells of the complex, as of now and hour by hour."""
