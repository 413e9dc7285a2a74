"""A step as an act: what may be done next, what it must carry, and doing it."""
