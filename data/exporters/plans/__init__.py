"""What a plan hands over as files: maps, papers, pictures, layers."""
