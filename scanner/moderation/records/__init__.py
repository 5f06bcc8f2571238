"""Scans and their rows as records, before and after they are done; `scanner.moderation.store` keeps them."""
