"""Text of files: which encoding it is in, and what of it can be seen."""
