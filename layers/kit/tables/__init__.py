"""Tables as plain values: worksheets, and cells that leave and come back."""
