"""Model versions on disk: described, verified, loaded. Never trusted unread."""
