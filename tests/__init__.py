"""The tests. A package, so that no other package called tests stands in its way."""
