"""Eleven procurement red flags (R003 … R058) over OCDS compiled releases."""
