"""What a trigger does: one use case per module, named like the flow it serves.

Steps ask the pure packages what is right and the stores to keep it.
"""
