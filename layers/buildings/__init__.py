"""Buildings as the data desk draws, cuts and joins them; plots and plans follow."""
