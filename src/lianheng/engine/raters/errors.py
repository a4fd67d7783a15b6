"""What is refused, in words that say how to mend it."""


class RatersError(ValueError):
    """The ratings cannot be used as they are; the message says what, where and how to mend it."""
