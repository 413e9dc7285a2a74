"""Which days are worked, as the State Council publishes them year by year."""
