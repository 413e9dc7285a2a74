"""What a plan's papers say: registers, bounds, map pages."""
