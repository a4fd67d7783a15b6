"""Survey estimation: designs, estimates with their errors, calibration, replicates, small areas, response quality.

The public interface::

    survey_design                                                    how the sample was drawn
    estimate_mean, _total, _proportion, _ratio, _quantile            estimates; Estimates, Quantiles come out
    post_stratify, rake, calibrate, trim_weights                     weights that reproduce known totals
    jackknife, bootstrap, given_replicates, rerake, recalibrate      replicated errors
    combine_frames, compare_waves                                    several frames, several waves
    fay_herriot                                                      small areas
    sample_size_proportion, sample_size_mean, margin_of_error, allocate
    screen_responses, QualityRules, longstring, irv, even_odd, mahalanobis, relative_speed, duplicate_groups
    EstimationError                                                  what is refused, and why
"""

from .calibration import calibrate, post_stratify, rake, trim_weights
from .design import Design, survey_design
from .errors import EstimationError
from .estimates import Estimates
from .frames import WaveChange, combine_frames, compare_waves
from .linear import estimate_mean, estimate_proportion, estimate_ratio, estimate_total
from .quantiles import Quantiles, estimate_quantile
from .readjustment import recalibrate, rerake
from .replicates import Replicates, bootstrap, given_replicates, jackknife
from .response_quality import (
    duplicate_groups,
    even_odd,
    irv,
    longstring,
    mahalanobis,
    relative_speed,
)
from .sample_size import allocate, margin_of_error, sample_size_mean, sample_size_proportion
from .screening import QualityRules, Screening, screen_responses
from .small_area import SmallAreas, fay_herriot

__all__ = [
    "Design",
    "Estimates",
    "EstimationError",
    "QualityRules",
    "Quantiles",
    "Replicates",
    "Screening",
    "SmallAreas",
    "WaveChange",
    "allocate",
    "bootstrap",
    "calibrate",
    "combine_frames",
    "compare_waves",
    "duplicate_groups",
    "estimate_mean",
    "estimate_proportion",
    "estimate_quantile",
    "estimate_ratio",
    "estimate_total",
    "even_odd",
    "fay_herriot",
    "given_replicates",
    "irv",
    "jackknife",
    "longstring",
    "mahalanobis",
    "margin_of_error",
    "post_stratify",
    "rake",
    "recalibrate",
    "relative_speed",
    "rerake",
    "sample_size_mean",
    "sample_size_proportion",
    "screen_responses",
    "survey_design",
    "trim_weights",
]
