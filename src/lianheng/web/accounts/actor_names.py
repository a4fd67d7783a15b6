"""Turns the trail's actor ids into names."""

# Part of the trail's own queries, so that entries and names come together. `{actor}` stands for the column; what is
# no "user:7" has no name, and nothing else is ever read as a number.
NAME_OF_ACTOR = (
    "(CASE WHEN substr({actor}, 1, 5) = 'user:' AND length({actor}) BETWEEN 6 AND 23 "
    "AND rtrim(substr({actor}, 6), '0123456789') = '' "
    "THEN (SELECT named.name FROM accounts_user named WHERE named.id = CAST(substr({actor}, 6) AS bigint)) END)"
)
