"""Buildings, their edits, pictures pinned under the map."""
