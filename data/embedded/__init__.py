"""A private PostGIS cluster in the project's own state folder, on a unix socket."""
