"""What every kind of import is judged by."""
