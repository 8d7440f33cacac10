"""Overtone pays the people whose music a machine learned from.

Facts are append-only; everything else is a pure function of the facts; a settlement pays
`entitled to date - already posted`. Read it in the order in which money comes about, which is also
the only direction of imports:

- `errors`, `money`, `identifiers`, `fields`, `partitions`, `lines`: exact values and their names;
- `facts`: what is reported, how it is kept, and its accrual, without a price;
- `rights`: who owns what and what they allow, in versions;
- `mechanisms`: the ways of being paid, one module each;
- `settlement`: deals, claims, entitlements, and the books of what was settled;
- `scenarios`: what months would come to under other terms;
- `payout`: accounts, the journal, statements;
- `formats`: readers and writers of files;
- `aws` (the only one that knows boto3), `stores`, `steps` (what changes something) and `views` (what reads);
- `api` (the only one that knows HTTP events) and `console`, its pages for a browser.
"""
