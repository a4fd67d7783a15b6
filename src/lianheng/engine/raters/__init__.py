"""评分者: do raters agree, is a scale reliable, how severe is each rater.

Agreement: `intraclass_correlations`, `cohen_kappa`, `fleiss_kappa`, `kendall_w`, `krippendorff_alpha`. Reliability of a
scale: `cronbach_alpha`, `mcdonald_omega`, `split_half`. Severity: `severity` (with scores corrected for it, beside the
raw ones) and `drift`. Pure: no clock, no network; bootstraps are seeded.
"""

from .concordance import Concordance, kendall_w
from .drift import Drift, drift
from .errors import RatersError
from .icc import IntraclassCorrelation, intraclass_correlations
from .kappa import Kappa, cohen_kappa, fleiss_kappa
from .krippendorff import KrippendorffAlpha, krippendorff_alpha
from .reliability import CronbachAlpha, Omega, SplitHalf, cronbach_alpha, mcdonald_omega, split_half
from .severity import Effects, Severity, severity

__all__ = [
    "Concordance",
    "CronbachAlpha",
    "Drift",
    "Effects",
    "IntraclassCorrelation",
    "Kappa",
    "KrippendorffAlpha",
    "Omega",
    "RatersError",
    "Severity",
    "SplitHalf",
    "cohen_kappa",
    "cronbach_alpha",
    "drift",
    "fleiss_kappa",
    "intraclass_correlations",
    "kendall_w",
    "krippendorff_alpha",
    "mcdonald_omega",
    "severity",
    "split_half",
]
