"""Every write about places, unit types and institutions, by subject."""

from lianheng.web.units.services.loading import LoadResult, load_divisions

__all__ = ["LoadResult", "load_divisions"]
