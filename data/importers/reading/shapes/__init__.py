"""Files of shapes: vector files, GeoJSON, drawings, and where their shapes are."""
