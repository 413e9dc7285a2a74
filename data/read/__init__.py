"""Questions to the database; all of them are SQL with bound parameters."""
