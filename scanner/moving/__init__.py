"""Backs up, restores and moves a store: its database and the files that its rows name; it derives no index."""
