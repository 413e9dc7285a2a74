"""What tables keep as JSON: its shape, and how it is looked at."""
