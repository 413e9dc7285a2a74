"""Party service centres and stations, and the other places that serve residents."""
