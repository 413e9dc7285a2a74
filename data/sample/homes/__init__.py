"""Where people live: buildings, estates, households."""
