"""Files of others, read and checked before anything is written."""
