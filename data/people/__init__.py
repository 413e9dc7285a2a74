"""Who may sign in: accounts, their sessions, set-up links, and what was tried."""
