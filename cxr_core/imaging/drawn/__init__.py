"""Chest films that belong to nobody: drawn, written into the picture as drawn, made into files.

No anatomy for a network to learn from; enough of it that a reader finds their way about.
"""
