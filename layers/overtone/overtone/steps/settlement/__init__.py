"""The steps of a settlement, in the order in which the state machine runs them.

Each writes what it makes once; running it again changes nothing.
"""
