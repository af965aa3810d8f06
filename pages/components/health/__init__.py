"""Parts of the Health page: how things are, what may go, backups."""
