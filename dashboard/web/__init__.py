"""The web side: routes of layers and tiles, bodies, the cache of payloads."""
