"""From accruals to lines: deals, claims, entitlements, and the books of what was settled.

It owns whose share a use touches, under which deal, in which order the sums of a month are taken (`rounds`), and what is left to post. It
does not own a mechanism's price, nor files, banks and languages, and it reads nothing: the stores hand it what it looks at.
"""
