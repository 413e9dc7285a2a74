"""Files that pages give away."""
