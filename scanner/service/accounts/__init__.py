"""Who may call or log in: API keys, users, sessions, roles."""
