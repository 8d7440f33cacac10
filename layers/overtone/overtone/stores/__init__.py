"""What is kept, read and written as typed records.

Stores own the form of an item, which writes go together in one transaction, and which condition makes a second one harmless. They never
decide: rules are in the pure packages, use cases in `steps`.
"""
