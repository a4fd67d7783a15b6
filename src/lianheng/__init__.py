"""廉衡 Lianheng: public-integrity construction, from standard to published result."""

__version__ = "0.1.0"
