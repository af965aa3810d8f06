"""Decode films of strangers in child processes: a crash, a hang or a bomb costs one film.

The processes and their pipes are our own, not a multiprocessing pool's, for two reasons: such a
pool imports the main module in every child (under Streamlit the whole app), and it unpickles
what a child sends, so that whoever takes over a decoder takes over the server. Here a child
answers in JSON and plain numbers, which are checked.
"""
