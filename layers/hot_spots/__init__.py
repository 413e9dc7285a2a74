"""热点: where demands are more, or fewer, than chance brings together, on the map and in words."""
