-- A spell that is still open goes on until today.
WITH spells AS (
  SELECT benefit_no, person_id, household_id, village, scheme, from_date, amount, coalesce(to_date, $today) AS to_date,
    to_date IS NOT NULL AS ended, coalesce(to_date < from_date, FALSE) AS bad
  FROM benefit
  WHERE from_date <= $today
),
-- Where the exclusion is by household, two households are two claims.
pairs AS (
  SELECT a.person_id, x.scheme_a, x.scheme_b, x.basis, a.village, a.bad OR b.bad AS bad,
    greatest(a.from_date, b.from_date) AS since, least(a.to_date, b.to_date) AS until,
    date_diff('day', greatest(a.from_date, b.from_date), least(a.to_date, b.to_date)) + 1 AS days,
    least(a.amount, b.amount) AS monthly,
    (a.ended AND a.from_date < b.from_date AND a.to_date <= b.to_date)
      OR (b.ended AND b.from_date < a.from_date AND b.to_date <= a.to_date) AS gives_way
  FROM exclusion AS x
  JOIN spells AS a ON a.scheme = x.scheme_a
  JOIN spells AS b ON b.scheme = x.scheme_b AND b.person_id = a.person_id
  WHERE x.same_person OR a.household_id = b.household_id
),
overlapped AS (
  SELECT person_id, scheme_a, scheme_b, CAST(extract(year FROM since) AS BIGINT) AS year, basis, village, since, until,
    CASE WHEN bad THEN 0 ELSE days END AS days, bad, gives_way AND days <= $transition_days AS transition,
    CASE WHEN bad THEN 0 ELSE ratio(monthly * days, 30, 2) END AS amount
  FROM pairs
  WHERE bad OR days >= $overlap_days
),
by_year AS (
  SELECT person_id, scheme_a, scheme_b, year, min(basis) AS basis, min(village) AS village, min(since) AS since,
    max(until) AS until, sum(days) AS days, sum(amount) AS amount, bool_and(transition) AS transition,
    bool_and(bad) AS bad
  FROM overlapped
  GROUP BY person_id, scheme_a, scheme_b, year
),
judged AS (
  SELECT *, CASE WHEN bad THEN 'bad_dates' WHEN transition THEN 'transition' ELSE 'overlap' END AS reason
  FROM by_year
  WHERE bad OR amount >= $min_amount
)
SELECT
  person_id, scheme_a, scheme_b,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'bad_dates' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'bad_dates' THEN NULL WHEN reason = 'transition' THEN 'blue' WHEN amount >= $red_amount THEN 'red'
    ELSE 'yellow' END AS colour,
  CAST(CASE reason WHEN 'overlap' THEN least(100, 30 + floor(ratio(amount, 200, 0))) WHEN 'transition' THEN 10 END
    AS INTEGER) AS score,
  reason,
  reason = 'transition' AS explainable,
  village, CAST(days AS BIGINT) AS days, since, until, CAST(amount AS DECIMAL(14, 2)) AS amount, basis
FROM judged
