"""百分制评分: the 100-point rules, and why each point was given.

Declare a scheme (`scheme.Scheme.from_dict`), bring a unit's inputs (`inputs.UnitInput`), score (`score.score_unit`,
`score.score_all`), place the class (`ranking.rank`), explain (`explain.explain`). Pure: no clock, no network, no
database; equal inputs give equal bytes anywhere.
"""
