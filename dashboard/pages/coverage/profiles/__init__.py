"""How a county says that people walk: the panel and its callbacks."""
