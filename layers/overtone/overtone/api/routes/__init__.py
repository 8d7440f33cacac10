"""What can be asked over HTTP: one flat module of decorated functions per subject, each documented beside its code.

A route decodes, calls one step or view, and encodes; it decides nothing.
"""
