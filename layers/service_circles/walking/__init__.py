"""The walking network and its search. Pure."""
