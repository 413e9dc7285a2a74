"""Files of others are read in a child behind walls."""
