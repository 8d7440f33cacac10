"""Between HTTP events and the domain: routes, callers, problem documents, the OpenAPI document.

It owns what is HTTP's: who calls and may, which page of a list, which status, how each route is documented. It does not own a rule or a
table: a route decodes, asks `steps`, `views` or a store, and encodes what that says.
"""
