"""Between HTTP events and the domain: routes, callers, problem documents, the OpenAPI document."""
