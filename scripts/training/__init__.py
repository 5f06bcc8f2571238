"""Makes training images of marks and trains the models that ship; nothing here runs in a scan."""
