"""Accounts: API keys, users, sessions, roles."""
