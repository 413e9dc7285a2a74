"""Ways of travel: profiles, response times, the questions asked of them. Pure."""
