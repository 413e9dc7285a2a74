"""Files and texts that did harm to programs, made by code: none of them lies in the repository."""
