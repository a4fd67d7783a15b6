"""A stored scheme as the engine reads it; parsed once for each fingerprint, since content never changes under one."""

from lianheng.engine.scoring.scheme import Scheme as EngineScheme
from lianheng.web.assessment.models import Scheme

_BY_FINGERPRINT: dict[str, EngineScheme] = {}


def engine_scheme(scheme: Scheme) -> EngineScheme:
    """Return the engine's form of a stored scheme."""
    known = _BY_FINGERPRINT.get(scheme.fingerprint)
    if known is None:
        known = EngineScheme.from_dict(scheme.content)
        if len(_BY_FINGERPRINT) > 200:
            _BY_FINGERPRINT.clear()
        _BY_FINGERPRINT[scheme.fingerprint] = known
    return known
