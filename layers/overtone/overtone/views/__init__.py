"""What a caller reads: settlements, statements, explanations, lists and their pages.

Views own what an answer holds and what of it this caller may see. They never write, and know no use case of `steps`.
"""
