"""Tests that drive the running application in Chromium."""
