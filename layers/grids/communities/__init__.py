"""Communities split or their border moved (社区析置), and all that follows."""
