"""名次: how far a ranking can be trusted.

`confidence_sets` gives for every unit the ranks that the errors of the scores leave open (`RankSets`, with τ-best and
tiers); `top_probabilities` and `grade_probabilities` say how likely a place at the top or a grade is. Pure: draws come
from a seed or are given; equal inputs give equal results.
"""

from .confidence_sets import confidence_sets
from .errors import RanksError
from .probabilities import Probabilities, grade_probabilities, top_probabilities
from .rank_sets import RankSets

__all__ = [
    "Probabilities",
    "RankSets",
    "RanksError",
    "confidence_sets",
    "grade_probabilities",
    "top_probabilities",
]
