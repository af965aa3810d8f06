"""Versions: registered, compared, promoted, taken back, carried to other machines."""
