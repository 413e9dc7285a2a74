"""Files given to the data desk, imports, whole rows for exports."""
