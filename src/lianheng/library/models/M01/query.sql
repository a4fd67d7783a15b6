WITH known AS (
  SELECT person_id, min(death_date) AS first_date, max(death_date) AS last_date, count(*) AS sources
  FROM death
  GROUP BY person_id
),
-- The later date decides, so that one typing error among several sources accuses nobody. What was owed for months
-- before the death may be paid late.
paid AS (
  SELECT p.person_id, p.village, p.scheme, p.period, p.amount, p.pay_date, k.last_date, k.sources,
    CAST(extract(year FROM p.pay_date) AS BIGINT) AS year,
    date_diff('day', k.last_date, p.pay_date) > $grace_days AND p.period > strftime(k.last_date, '%Y-%m') AS after_last,
    date_diff('day', k.first_date, p.pay_date) > $grace_days AND p.period > strftime(k.first_date, '%Y-%m') AS after_first
  FROM payment AS p
  JOIN known AS k ON k.person_id = p.person_id
  LEFT JOIN scheme AS s ON s.scheme = p.scheme
  WHERE NOT coalesce(s.after_death, FALSE)
),
by_year AS (
  SELECT person_id, year, min(village) AS village, max(last_date) AS death_date, max(sources) AS sources,
    count(DISTINCT CASE WHEN after_last THEN period END) AS months,
    coalesce(sum(CASE WHEN after_last THEN amount END), 0) AS amount,
    coalesce(sum(CASE WHEN after_first THEN amount END), 0) AS amount_first,
    count(DISTINCT CASE WHEN coalesce(after_last, TRUE) THEN scheme END) AS schemes,
    min(CASE WHEN coalesce(after_last, TRUE) THEN scheme END) AS scheme,
    max(pay_date) AS last_pay
  FROM paid
  WHERE last_date IS NULL OR after_first
  GROUP BY person_id, year
),
-- A death late in one year is paid on into the next: both years count together.
both_years AS (
  SELECT t.person_id, t.year, t.village, t.death_date, t.sources, t.months + coalesce(l.months, 0) AS months,
    t.amount + coalesce(l.amount, 0) AS amount, t.amount_first, t.amount AS amount_now, t.schemes, t.scheme, t.last_pay
  FROM by_year AS t
  LEFT JOIN by_year AS l ON l.person_id = t.person_id AND l.year = t.year - 1
),
judged AS (
  SELECT *, CASE
    WHEN death_date IS NULL THEN 'no_date'
    WHEN amount_now > 0 AND amount >= $min_amount THEN 'paid_after_death'
    WHEN amount_now = 0 AND amount_first >= $min_amount THEN 'dates_conflict'
  END AS reason
  FROM both_years
)
SELECT
  person_id,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'paid_after_death' THEN 'flag' ELSE 'cannot_tell' END AS result,
  CASE WHEN reason <> 'paid_after_death' THEN NULL
    WHEN months >= $red_months OR amount >= $red_amount THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE WHEN reason = 'paid_after_death' THEN least(100, 40 + least(months, 24) * 2 + floor(ratio(amount, 1000, 0)))
    END AS INTEGER) AS score,
  reason,
  FALSE AS explainable,
  village, death_date, sources, months, CAST(amount AS DECIMAL(14, 2)) AS amount, schemes, scheme, last_pay
FROM judged
WHERE reason IS NOT NULL
