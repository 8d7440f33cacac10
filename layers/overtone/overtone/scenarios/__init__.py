"""What would be under other terms: changes as data, the facts as a change lets them look, and what it moves from whom to whom.

It owns the change and the comparison. It prices and posts nothing: a what-if runs through the settlement's own steps.
"""
