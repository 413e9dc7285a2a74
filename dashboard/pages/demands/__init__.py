"""诉求台账: a demand with its history over HTTP, and steps of it."""
