"""Makes training pictures of marks and trains the models that ship; nothing here runs in a scan."""
