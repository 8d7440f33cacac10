"""From accruals to lines: deals, claims, entitlements, and the books of what was settled."""
