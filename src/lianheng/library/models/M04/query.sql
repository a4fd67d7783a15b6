-- A spell goes on until today at the latest, whatever it was granted until.
WITH spells AS (
  SELECT benefit_no, person_id, household_id, village, scheme, from_date, amount,
    least(coalesce(to_date, $today), $today) AS to_date, coalesce(to_date <= $today, FALSE) AS ended,
    coalesce(to_date < from_date, FALSE) AS bad
  FROM benefit
  WHERE from_date <= $today
),
-- A pair that the catalogue lists both ways is one pair.
exclusive AS (
  SELECT x.scheme_a, x.scheme_b, x.basis, x.same_person AND coalesce(y.same_person, TRUE) AS same_person
  FROM exclusion AS x
  LEFT JOIN exclusion AS y ON y.scheme_a = x.scheme_b AND y.scheme_b = x.scheme_a
  WHERE x.scheme_a <> x.scheme_b AND (y.scheme_a IS NULL OR x.scheme_a < x.scheme_b)
),
-- By person, or by household: there the other scheme may be another member's, and two households are two claims.
joined AS (
  SELECT a.person_id, a.household_id AS claim, b.person_id AS other_id, TRUE AS own, x.scheme_a, x.scheme_b, x.basis,
    a.benefit_no AS no_a, b.benefit_no AS no_b, a.village, a.bad OR b.bad AS bad, a.amount AS amount_a,
    b.amount AS amount_b, a.from_date AS from_a, a.to_date AS to_a, a.ended AS ended_a, b.from_date AS from_b,
    b.to_date AS to_b, b.ended AS ended_b
  FROM exclusive AS x
  JOIN spells AS a ON a.scheme = x.scheme_a
  JOIN spells AS b ON b.scheme = x.scheme_b AND b.person_id = a.person_id
  WHERE x.same_person OR a.household_id = b.household_id
  UNION ALL
  SELECT a.person_id, a.household_id, b.person_id, FALSE, x.scheme_a, x.scheme_b, x.basis,
    a.benefit_no, b.benefit_no, a.village, a.bad OR b.bad, a.amount, b.amount, a.from_date, a.to_date, a.ended,
    b.from_date, b.to_date, b.ended
  FROM exclusive AS x
  JOIN spells AS a ON a.scheme = x.scheme_a
  JOIN spells AS b ON b.scheme = x.scheme_b AND b.household_id = a.household_id AND b.person_id <> a.person_id
  WHERE NOT x.same_person
),
pairs AS (
  SELECT person_id, CASE WHEN own THEN person_id ELSE claim END AS claimant, claim, other_id, own, scheme_a, scheme_b,
    basis, no_a, no_b, village, bad, greatest(from_a, from_b) AS since, least(to_a, to_b) AS until,
    least(amount_a, amount_b) AS monthly,
    (ended_a AND from_a < from_b AND to_a <= to_b) OR (ended_b AND from_b < from_a AND to_b <= to_a) AS gives_way
  FROM joined
),
kept AS (
  SELECT * FROM pairs WHERE bad OR since <= until
),
-- Rows of one scheme that overlap or follow each other are one overlap, and a day counts once.
covered AS (
  SELECT *, max(until) OVER (PARTITION BY own, claimant, scheme_a, scheme_b ORDER BY since, until, no_a, no_b
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS already
  FROM kept
  WHERE NOT bad
),
numbered AS (
  SELECT *, sum(CASE WHEN date_diff('day', already, since) <= 1 THEN 0 ELSE 1 END) OVER (
      PARTITION BY own, claimant, scheme_a, scheme_b ORDER BY since, until, no_a, no_b
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place,
    CASE WHEN already >= until THEN 0 WHEN already >= since THEN date_diff('day', already, until)
      ELSE date_diff('day', since, until) + 1 END AS new_days
  FROM covered
),
-- Of a household's members the two whose overlap lasts longest are named.
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY own, claimant, scheme_a, scheme_b, place
    ORDER BY date_diff('day', since, until) DESC, person_id, other_id, no_a, no_b) AS rank
  FROM numbered
),
stretches AS (
  SELECT own, claimant, scheme_a, scheme_b, min(claim) AS claim, min(CASE WHEN rank = 1 THEN person_id END) AS person_id,
    min(CASE WHEN rank = 1 THEN other_id END) AS other_id, min(basis) AS basis,
    min(village) AS village, min(since) AS since, max(until) AS until, sum(new_days) AS days,
    sum(ratio(monthly * new_days, 30, 2)) AS amount, bool_and(gives_way) AS gives_way
  FROM ranked
  GROUP BY own, claimant, scheme_a, scheme_b, place
),
told AS (
  SELECT own, claim, person_id, other_id, scheme_a, scheme_b, CAST(extract(year FROM since) AS BIGINT) AS year, basis, village,
    since, until, days, amount, gives_way AND days <= $transition_days AS transition, FALSE AS bad
  FROM stretches
  WHERE days >= $overlap_days
  UNION ALL
  SELECT own, claim, person_id, other_id, scheme_a, scheme_b, CAST(extract(year FROM since) AS BIGINT), basis, village, since,
    until, 0, 0, FALSE, TRUE
  FROM kept
  WHERE bad
),
by_year AS (
  SELECT own, person_id, scheme_a, scheme_b, year, min(claim) AS claim, min(other_id) AS other_id, min(basis) AS basis,
    min(village) AS village, min(CASE WHEN NOT bad THEN since END) AS since,
    max(CASE WHEN NOT bad THEN until END) AS until, sum(days) AS days, sum(amount) AS amount,
    bool_and(transition) AS transition, bool_and(bad) AS bad
  FROM told
  GROUP BY own, person_id, scheme_a, scheme_b, year
),
-- Where one member holds both, that is said, and not of the household, unless the household's is the graver; of one
-- person the graver is said.
once AS (
  SELECT own, person_id, scheme_a, scheme_b, year, other_id, basis, village, since, until, days, amount, transition, bad
  FROM by_year AS h
  WHERE (bad OR amount >= $min_amount) AND (own OR NOT EXISTS (SELECT 1 FROM by_year AS o
    WHERE o.own AND o.claim = h.claim AND o.scheme_a = h.scheme_a AND o.scheme_b = h.scheme_b AND o.year = h.year
      AND NOT o.bad AND (NOT o.transition OR h.transition) AND o.days >= h.days AND o.amount >= h.amount))
  QUALIFY row_number() OVER (PARTITION BY person_id, scheme_a, scheme_b, year
    ORDER BY bad, transition, amount DESC, own DESC) = 1
),
judged AS (
  SELECT *, CASE WHEN bad THEN 'bad_dates' WHEN transition THEN 'transition' WHEN own THEN 'overlap'
    ELSE 'household_overlap' END AS reason
  FROM once
)
SELECT
  person_id, scheme_a, scheme_b,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'bad_dates' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'bad_dates' THEN NULL WHEN reason = 'transition' THEN 'blue' WHEN amount >= $red_amount THEN 'red'
    ELSE 'yellow' END AS colour,
  CAST(CASE WHEN reason = 'transition' THEN 10 WHEN reason <> 'bad_dates' THEN least(100, 30 + floor(ratio(amount, 200, 0)))
    END AS INTEGER) AS score,
  reason,
  reason = 'transition' AS explainable,
  village, CASE WHEN NOT own THEN other_id END AS other_id, CASE WHEN own THEN '该享受人' ELSE '该享受人所在的户' END AS who,
  CAST(days AS BIGINT) AS days, since, until, CAST(amount AS DECIMAL(14, 2)) AS amount, basis
FROM judged
