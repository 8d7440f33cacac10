"""The whole API against its own document: schemathesis draws requests from `openapi.json`, good and bad, and no answer may be a 500 or
other than the document says. Bodies that the document does not allow have to be refused.
"""
