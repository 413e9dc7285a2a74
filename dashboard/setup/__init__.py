"""Installation, front-end libraries, diagnosis, serving."""
