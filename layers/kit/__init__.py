"""What every layer shares. Pure: no web, no database."""
