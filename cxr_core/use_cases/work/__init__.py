"""Long work: what can be ordered, what it will take, and what workers do for it."""
