"""stub"""

from overtone.statement import Statement


def render(told: Statement) -> bytes:
    return told.encode()
