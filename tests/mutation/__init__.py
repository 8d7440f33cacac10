"""Bugs of the kind that people write, planted in a scratch copy of the tree: the tests nearest to each must notice it.

A test that cannot fail proves nothing, and reading tests does not tell which those are. `planted` lists the bugs, `make mutants` plants
one after the other, runs the tests that stand nearest and writes down which of them noticed (`docs/mutants.json`, and from it the table
in `docs/TRUST.md`). A bug that no test notices needs a test, or a reason why it is none.
"""
