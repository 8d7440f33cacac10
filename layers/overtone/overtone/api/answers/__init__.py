"""What the API answers, as types: declared beside each route, and held against every answer that the tests see.

A property is described once for all bodies and answers, by its name, in `docs/words.md`.
"""
