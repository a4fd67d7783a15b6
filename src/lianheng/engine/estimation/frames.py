"""Several frames (telephone, on line, face to face) put together, and waves compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Numbers, numbers
from .design import Design, Stage
from .errors import EstimationError
from .estimates import Estimates, normal_interval


def combine_frames(frames: Sequence[Design], shares: Sequence[ArrayLike]) -> Design:
    """One design from samples drawn independently from overlapping frames.

    Parameters
    ----------
    frames : sequence of Design
        One for each frame, weights before combination. Their rows follow each other in the result.
    shares : sequence of arrays of shape (n of the frame,)
        What part of its weight each respondent keeps: 1 for somebody whom only this frame could reach; for somebody in
        several frames parts that add up to 1 over the frames, such as 0.5 and 0.5, or θ and 1 − θ.

    Returns
    -------
    Design
        Frames are strata of their own; adjust it further with ``rake`` if needed.

    Raises
    ------
    EstimationError
        If shares lie outside 0 to 1, or a frame was adjusted before: combine first, then rake.

    References
    ----------
    Hartley (1962), Multiple Frame Surveys, Proc. ASA Social Statistics Section; Lohr (2011), Survey Methodology 37.

    Examples
    --------
    >>> from lianheng.engine.estimation import estimate_total, survey_design
    >>> phone, online = survey_design(weights=[10, 10]), survey_design(weights=[5, 5, 5])
    >>> both = combine_frames([phone, online], [[1, 0.5], [0.5, 0.5, 1]])
    >>> both.weights.tolist()
    [10.0, 5.0, 2.5, 2.5, 5.0]
    """
    if len(frames) < 2 or len(frames) != len(shares):
        raise EstimationError("combining needs two frames or more, and shares for each")
    if any(frame.adjustments for frame in frames):
        raise EstimationError(
            "a frame is raked or calibrated already: combine the frames first, then adjust them together"
        )
    if len({frame.lonely for frame in frames}) > 1 or len({frame.second is None for frame in frames}) > 1:
        raise EstimationError("all frames need the same choice for lonely strata and the same number of stages")
    weights = []
    for number, (frame, share) in enumerate(zip(frames, shares, strict=True)):
        part = numbers(share, f"shares[{number}]", frame.n)
        if (part < 0).any() or (part > 1).any():
            raise EstimationError(f"shares[{number}]: a share lies outside 0 to 1")
        weights.append(frame.weights * part)
    labels = [f"frame {k} {label}".strip() for k, frame in enumerate(frames) for label in frame.stratum_labels]
    second = [frame.second for frame in frames if frame.second is not None]
    return Design(
        np.concatenate(weights),
        _stack([frame.first for frame in frames]),
        _stack(second) if second else None,
        frames[0].lonely,
        np.array(labels),
    )


@dataclass(frozen=True, slots=True, eq=False)
class WaveChange:
    """How a figure moved from one wave to the next."""

    label: object
    before: float
    after: float
    change: float
    se: float
    low: float
    high: float
    df: float
    n: tuple[float, float] = field(default=(0.0, 0.0))

    @property
    def clear(self) -> bool:
        """Does the interval of the change leave out 0?"""
        return self.low > 0 or self.high < 0


def compare_waves(
    before: Estimates, after: Estimates, *, level: float = 0.95, correlation: float = 0.0
) -> list[WaveChange]:
    """Changes between two waves, label by label.

    Parameters
    ----------
    before, after : Estimates
        The same statistic with the same labels. Where both waves lie in one design because they share primary units,
        use ``Estimates.contrast`` on estimates by wave instead: it takes their covariance from the data.
    level : float
        Of the interval.
    correlation : float
        Between the two estimates; 0 for samples drawn independently.

    Returns
    -------
    list of WaveChange
        Degrees of freedom after Welch and Satterthwaite.

    References
    ----------
    Kish (1965), Survey Sampling, 12.4; Satterthwaite (1946), Biometrics Bulletin 2.

    Examples
    --------
    >>> from lianheng.engine.estimation import estimate_proportion, survey_design
    >>> waves = [estimate_proportion(survey_design(n=400), [1] * k + [0] * (400 - k), levels=[1]) for k in (296, 312)]
    >>> [(round(c.change, 3), round(c.low, 3), round(c.high, 3), c.clear) for c in compare_waves(*waves)]
    [(0.04, -0.019, 0.099, False)]
    """
    if before.statistic != after.statistic or before.labels != after.labels:
        raise EstimationError("the two waves do not hold the same statistic with the same labels; make them alike")
    if not -1 <= correlation <= 1:
        raise EstimationError(f"a correlation lies between -1 and 1, not {correlation}")
    changes = []
    for place, label in enumerate(before.labels):
        values, errors = (float(w.value[place]) for w in (before, after)), [float(w.se[place]) for w in (before, after)]
        first, last = values
        variance = errors[0] ** 2 + errors[1] ** 2 - 2 * correlation * errors[0] * errors[1]
        df = _welch(errors, [float(before.df[place]), float(after.df[place])])
        se = float(np.sqrt(max(variance, 0.0))) if np.isfinite(variance) else float("nan")
        low, high = normal_interval(last - first, se, level, df)
        counts = (float(before.n[place]), float(after.n[place]))
        changes.append(WaveChange(label, first, last, last - first, se, low, high, df, counts))
    return changes


def _welch(errors: Sequence[float], df: Sequence[float]) -> float:
    parts = [e**2 for e in errors]
    below = sum(p**2 / max(d, 1) for p, d in zip(parts, df, strict=True))
    return sum(parts) ** 2 / below if below > 0 else sum(df)


def _stack(stages: Sequence[Stage]) -> Stage:
    """Units and cells of several stages, numbered on."""
    units, cells, unit_start, cell_start = [], [], 0, 0
    for stage in stages:
        units.append(stage.unit + unit_start)
        cells.append(stage.cell + cell_start)
        unit_start, cell_start = unit_start + len(stage.cell), cell_start + len(stage.taken)
    taken: Numbers = np.concatenate([stage.taken for stage in stages])
    return Stage(np.concatenate(units), np.concatenate(cells), taken, np.concatenate([s.fraction for s in stages]))
