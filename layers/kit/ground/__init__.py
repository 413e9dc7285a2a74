"""What lies on the ground of a county: streets, barriers, heights."""
