"""Walking time on the street network, service areas, and who lives within them."""
