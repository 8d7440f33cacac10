"""What a trigger does: one use case per module, named like the flow it serves.

Steps ask the pure packages what is right and the stores to keep it. They own the order of that, and what a second delivery of the same
trigger finds; they do not own a rule, nor the form of an answer.
"""
