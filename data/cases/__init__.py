"""Old polygons and borders, the buildings that they leave in doubt, rulings."""
