"""Old polygons and borders that follow no plot, ruled building by building."""
