"""Overtone pays the people whose music a machine learned from.

Facts are append-only; everything else is a pure function of the facts; a settlement pays
`entitled to date - already posted`. The modules here are pure: only `storage` knows AWS and
only `api` knows HTTP events.
"""
