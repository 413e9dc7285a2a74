"""The Dash application: it composes layers and holds no rules of its own."""
