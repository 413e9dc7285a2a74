"""Files that leave the program: layers for a GIS, tables and documents for hand-over."""
