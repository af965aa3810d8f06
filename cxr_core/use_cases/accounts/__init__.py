"""The people of this installation: accounts, sign-in, sessions, and what they did."""
