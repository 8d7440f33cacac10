"""What would be under other terms: changes as data, the facts as a change lets them look, and what it moves from whom to whom."""
