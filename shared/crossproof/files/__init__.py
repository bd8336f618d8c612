"""The adapters to the file system: what the domains decided is done here, and nothing else is."""
