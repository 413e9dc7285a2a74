"""Where the next stations should go: the panel and its callbacks."""
