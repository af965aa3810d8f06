"""The parts that the pages of numbers are made of: one kind of each, and one place to mend it.

A page says what; how it looks and how it is heard is settled here.
"""
