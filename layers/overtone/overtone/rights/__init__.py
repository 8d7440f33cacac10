"""Who owns what and what they allow, in versions."""
