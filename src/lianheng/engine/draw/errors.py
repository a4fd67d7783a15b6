"""What a draw refuses. Every message says what is wrong, where, and how to mend it."""


class DrawError(ValueError):
    """The plan, a code or a list cannot be used as it stands."""


class CodeRefused(DrawError):
    """A revealed code is not the one that was committed to."""


class BundleRefused(DrawError):
    """The bundle is not what its plan and its seed give."""
