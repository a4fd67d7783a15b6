"""Every write of an assessment year, by subject."""
