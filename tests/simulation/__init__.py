"""The whole system under random actors and random faults, the same for the same seed.

`python -m tests.simulation --seed 1 --steps 400` deploys the template on the local stand-in and lets platforms, labs, rights holders,
finance and the schedules do what they do, right and wrong, while workers die between any two writes, answers get lost, messages
come twice, and somebody else's write falls between two of one's own. The invariants are checked all along. The first that breaks
ends the run with the seed, the step and what happened until then.
"""
