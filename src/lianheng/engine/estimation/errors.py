"""What estimation refuses. Every message says what is wrong, where, and how to mend it."""


class EstimationError(ValueError):
    """The data, the design or a setting cannot be used as it stands."""
