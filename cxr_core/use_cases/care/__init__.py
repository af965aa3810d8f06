"""The care of an installation: health, what may go, backups."""
