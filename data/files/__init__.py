"""Files given to the data desk, imports, jobs, whole rows for exports."""
