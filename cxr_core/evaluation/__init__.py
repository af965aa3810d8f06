"""How good a version is, with intervals. Plain arrays in, frozen results out."""
