"""How well a county's data is known: what is missing, estimated, old or drawn wrongly."""
