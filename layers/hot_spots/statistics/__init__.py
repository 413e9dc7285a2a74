"""Hot spots (热点): where demands are more, or fewer, than chance brings together. Pure."""
