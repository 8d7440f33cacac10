"""Shows what the API is: the OpenAPI document, and pages of it for people."""

from pathlib import Path

from overtone.api.reference import Reference

handler = Reference(Path(__file__).parent / "openapi.json").handler
