"""What follows an edit of buildings: plots, drafts, plans."""
