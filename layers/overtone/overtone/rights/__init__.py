"""Who owns what and what they allow, in versions: parties, works, mandates, permissions, disputes.

It owns who may register what, who must agree to it, and what stands on a day as far as was known at an instant. It does not know deals,
which `settlement` has, nor how anything is stored.
"""
