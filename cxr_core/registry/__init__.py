"""Model versions on disk: described, verified, loaded. Never unpickled, never trusted unread."""
