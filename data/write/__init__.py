"""Changes to the database, each inside its caller's transaction."""
