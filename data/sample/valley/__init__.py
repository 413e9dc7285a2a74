"""The ground of a made town: terrain, streets, blocks, divisions."""
