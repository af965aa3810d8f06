"""Public releases in their own layouts become labelled films, split by patient."""
