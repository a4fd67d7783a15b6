"""Hands what accounts know to the start of the server, one line in all."""

from lianheng.web.accounts.checks import production_problems


def fit_for_production() -> str | None:
    """Refuse production with demonstration accounts or with doubled administrators."""
    return "; ".join(production_problems()) or None
