"""How rows are written and columns declared, whatever their table."""
