"""One module for each kind of import."""
