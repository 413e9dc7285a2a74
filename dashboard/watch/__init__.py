"""What whoever runs the program sees of it: health, figures, one line per event."""
