"""What is told of a version, once: sentences, figures and tables, drawn anywhere."""
