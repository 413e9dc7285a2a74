"""People who sign in: accounts, sessions, passwords, the second step, a provider instead."""
