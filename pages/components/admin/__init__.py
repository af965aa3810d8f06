"""The Admin page's parts: accounts, settings, audit log."""
