"""One folder per map layer: its rules, its computation, its view."""
