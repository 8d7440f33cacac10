"""A slow, independent model of what everybody is owed, in plain fractions: what the system must agree with, to the last pico.

It shares no code with the package: facts are plain dictionaries as callers send them, and everything is computed at once, for all
works together, without passes, parts, buckets or caches. Where the description of the mechanisms leaves a choice, the rule is:

- *Records.* Identity is (reporter, day, subject, record_id); the highest revision wins, and of equal revisions the greater content
  (quantity, use, revenue, currency, territory). Quantity 0 voids. What was withdrawn, disclosures too, was
  never said. An output without a disclosure is wholly unattributed, of no model.
- *Versions.* Of the versions recorded up to the cut-off, the one with the latest effective day up to the day asked wins, then the
  last one recorded. Which work an identifier names does not depend on the day.
- *Deals.* Of several deals of one tier the newest `from` is asked first, then the smaller id. A deal fits a use by day, territory
  (the world fits anything) and model (a play has none); it covers the use if one of its terms does, and then each term prices
  only what it covers itself. The terms of a day's version price that day; what is owed as a whole follows the version of the
  month's last day in force, beside terms that only an earlier version of the month had.
- *Payees.* Of a direct deal the party; of a society's deal the first of the party's own mandates that leads to that society; of an
  open deal the first fitting mandate's society, else the party. A mandate counts from its society's yes (`mandates_at`); until then, and
  after a no, what stood with that society before does, behind what was accepted; a society that is left out collects no more.
  Mandates are followed through four societies. What waits in suspense names nobody.
- *Holders.* An overclaim is scaled to the whole (largest remainder, 1e-9). Of several reasons the first counts: disputed,
  denied, unregistered, unclaimed, held, unattributed. Each right in each territory is a whole of its own; a share for both rights is
  the mean, of nine decimals, by largest remainder over the holders. Each right has the deal that covers it; a deal for one right prices
  that right's share, one for both that covers one of them alone half of the mean (again by largest remainder). A use without a territory
  sees the shares for the world. Presence that counts once counts with the shares of where it was seen first.
- *Holds.* What a void one names was not used, as far as money goes. What another names waits as `fraud_hold` under what it would have
  been, so that no pool, payee or division is another's: the licensee, the reporter (of a levy or a repertoire nobody), the work
  disclosed or that of the side, the subject (of nothing but usage); all that it names must fit. Presence that counts once waits where
  every use of the claim does, and what a weak output adds to a pool that follows training is the pool's.
- *Consent.* An owner's word counts first, its silence as the deal that covers the share says (`opt_in`, `mandate`, `opt_out`); under
  `none` neither a deny nor a limit counts. Without a deal only a word denies. A pool that follows training asks the training
  permission, under the deal that covers an output.
- *Pools that follow training* (`model` pools: the fallback of `per_output`, `revenue_pool` by training) are shared, on the deal's last
  day in the month, over the shares of works in the model's latest run for which the deal is the one that covers an output of that
  model for one of the term's uses. Of a `revenue_pool` only runs of the licensee itself count.
- *Subscribers* of a licensee's month whose revenue reports state none are those of its usage reports: by type where they say so, parts of a
  period by the most; each service and territory counts in the narrowest report that holds it, the first by currency.
- *`revenue_pool`* is shared by the basis of its last terms in the month, over the days whose terms had the same basis. A deal's own part
  (`whole: all`) is of the uses that were within the deal as it stood on their day, and at the most all of them.
- *`equal`* counts a side of a work once a month, with its holders and their parts at its first use: outputs before plays, by model,
  then by day. Who holds a part only later counts as far as those before leave something of the side.
- Works are counted by the key under which they were disclosed: one work under two keys is present twice.
- *greater_of* compares, term by term, what the month's uses come to without those that a buyout spares. *Confidence* is seen in
  tenths, rounded down. What falls back to suspense waits as `unattributed`, unless an earlier reason holds.
- *Pools.* A line's part is rounded down from its basis as a whole; bases that a buyout spares count, and their parts are shadows. A pool
  without any basis waits in suspense as `unattributed`; what division leaves is `residue`. What was left over of a deal's term in one
  currency, in all months that were settled before, joins the first of that term's pools (by run, model or party) in the first month that is
  settled after, and stays with that month however often it is settled again; a guarantee's pool takes none.
- *Clauses.* A work's uses count towards `min_uses` under each deal that has a claim on them; `generated` in any part of `ai` is not
  made by people, and has no part in what a repertoire shares, either. A repertoire asks for the uses of a registered work under all its
  keys and, for a composition, of its recordings; where a deal prices no use, for those within it. A society's is what mandates for
  training, generations, outputs or plays lead to it for in one of the deal's territories; the first of them says who is paid. A tail
  ends on the same day of a later month (its last day from a last day on). Both sides are there where every share of both is covered; a
  composition alone has no other side. What comes off the top is rounded towards nothing, line by line, at the end.
- *Tiers* count, day by day, what the term's uses come to under the deal's claims, works of training runs too, and price a day by the
  terms of that day; those of a pool's share count the months' net revenue, by the month's last terms.
- *Caps* look at lines rounded, month by month: first those of all terms but guarantees, then those of guarantees. What the term owed in
  a month whose last terms have no cap does not count.
- *Licence fees* belong to the last month of the period that has the term, and are shared over the uses of all its months.
- *Buyout.* Spares the shares of its licensor and of those whose mandates lead to it, for the kinds of use that the covered
  mechanisms price. It is owed although nobody shares in it. The repertoire is by registered work, under its id.
- *Guarantee.* What a recoupable one topped up is paid back by later periods, as far as their lines come to more than
  it; where they are in another currency, at the posted rate. Lines of works in the currency of its terms count: not advances, not
  guarantees or liquidations. It is due when the calendar
  period has ended; what cannot be divided, or is shared over the repertoire, belongs to the last month of the period in which the
  deal was in force, whose terms count.
- *Levies.* Leaves divide a deposit by largest remainder. Formulas are over every key used, trained on in the month or in a
  latest run as of its end; `influence` is the attributed quantity of outputs, `training` the number of latest runs;
  `sqrt_influence` the integer root of the quantity in 1e-9, in 1e-9. Under `equal_per_party` a share in suspense is a party of its
  own for each work and reason.
- *Liquidation.* Unclaimed lines (unregistered, unclaimed, unattributed, of works) give all, matched lines of works get it pro rata.
- *Breaches.* A row for each kind, use, licensee, model, work and side; a limit is compared for every side that somebody has a claim on,
  by what the owner allows on the last day of use in the month.
"""
