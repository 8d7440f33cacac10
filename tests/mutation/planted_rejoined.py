"""What mends of one day had left beside themselves: said in one form and not in another, a rule kept on one road and not on the next."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

REJOINED: Final[tuple[Bug, ...]] = (
    bug(
        "an explanation as text leaves out what a reader must know to believe it",
        "api/routes/statements.py",
        'explain_text.render(explanation, about["notes"])',
        "explain_text.render(explanation)",
        "integration/test_explanation_forms",
    ),
    bug(
        "a page alarms a musician about a line whose usage was corrected since",
        "console/templates/line.html",
        "{% elif explanation.accrued_again_since %}",
        "{% elif false %}",
        "integration/test_explanation_forms",
    ),
    bug(
        "a licensee reads that all its money waits in suspense",
        "formats/explain_text.py",
        '    if key["account"]:  # a licensee is not told whose the money is\n',
        "    if True:\n",
        "integration/test_explanation_forms",
    ),
    bug(
        "what a line of one territory earned is spread over all territories in a what-if",
        "scenarios/comparison.py",
        "        if key.territory:\n",
        "        if False:\n",
        "integration/test_what_if_places",
    ),
    bug(
        "money without a reference that an earlier version took in is taken in once more",
        "steps/collections.py",
        "    if receipt.known_as and receipt.known_as not in heard:\n",
        "    if False:\n",
        "integration/test_bank_statements",
    ),
    bug(
        "what was said of a dispute to an earlier version is another word now",
        "rights/disputes.py",
        'return kept in {self.agreed_text(), _digest(self.model_dump(mode="json", exclude={"evidence"}))}',
        "return kept == self.agreed_text()",
        "unit/test_disputes",
    ),
    bug(
        "a licensor whose deal has ended asks what its licensee earned since",
        "scenarios/rules.py",
        "    return deal.from_ <= day <= deal.term.until\n",
        "    return True\n",
        "unit/test_what_if_refusals",
    ),
    bug(
        "a pool does not say how it was divided between attribution and training",
        "mechanisms/revenue_pool.py",
        "    if weak := _weak(term, totals):\n        model",
        "    if weak := {}:\n        model",
        "unit/test_explanation",
    ),
    bug(
        "what earlier pools left for a pool is told as if its deal owed it",
        "settlement/pool_shares.py",
        "left = residue.joined(pool, totals)",
        "left = Pico(0)",
        "unit/test_explanation",
    ),
    bug(
        "of a quarter's fee what a month's cap took is shared all the same",
        "settlement/wholes.py",
        "taken = totals[pool.basis] if pool.name.kind == CAP and named in spanning else ZERO_PICO",
        "taken = ZERO_PICO",
        "unit/test_wholes",
    ),
    bug(
        "a training fee is a whole although its deal pays per work, too",
        "settlement/wholes.py",
        "            if any(terms.fee_per_work or terms.tiers for terms in training):\n",
        "            if False:\n",
        "unit/test_wholes",
    ),
)
