"""``--as buildings``: footprints, what differs, what lies over each other."""
