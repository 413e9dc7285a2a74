"""A plan from files alone, for the command line. Pure."""
