"""Long work outside the web process: a queue in the database, and workers that may die."""
