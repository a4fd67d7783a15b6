WITH known AS (
  SELECT person_id, min(death_date) AS first_date, max(death_date) AS last_date,
    CASE WHEN count(death_date) > 0 THEN count(death_date) ELSE count(*) END AS sources
  FROM death
  GROUP BY person_id
),
-- The later date decides, so that one typing error among several sources accuses nobody. What was owed for months
-- before the death may be paid late.
paid AS (
  SELECT p.person_id, p.village, p.scheme, p.period, p.amount, p.pay_date, k.first_date, k.last_date, k.sources,
    CAST(extract(year FROM p.pay_date) AS BIGINT) AS year,
    coalesce(date_diff('day', k.last_date, p.pay_date) > $grace_days
      AND p.period > strftime(k.last_date, '%Y-%m'), FALSE) AS after_last,
    coalesce(date_diff('day', k.first_date, p.pay_date) > $grace_days
      AND p.period > strftime(k.first_date, '%Y-%m'), FALSE) AS after_first
  FROM payment AS p
  JOIN known AS k ON k.person_id = p.person_id
  LEFT JOIN scheme AS s ON s.scheme = p.scheme
  WHERE NOT coalesce(s.after_death, FALSE) AND p.amount > 0
),
-- A registered death ten years after a payment is typed wrong: payments are not kept as long. (The day of the run is not
-- asked for, or every run would read every year.)
monthly AS (
  SELECT person_id, year, period, scheme, after_last, after_first, min(village) AS village, max(first_date) AS first_date,
    max(last_date) AS last_date, max(sources) AS sources, sum(amount) AS amount, max(pay_date) AS last_pay
  FROM paid
  WHERE after_first OR last_date IS NULL OR date_diff('day', pay_date, first_date) > 3650
  GROUP BY person_id, year, period, scheme, after_last, after_first
),
by_year AS (
  SELECT person_id, year, min(village) AS village, max(first_date) AS first_date, max(last_date) AS death_date,
    max(sources) AS sources,
    coalesce(sum(CASE WHEN after_last THEN amount END), 0) AS amount_now,
    coalesce(sum(CASE WHEN after_first THEN amount END), 0) AS amount_first,
    coalesce(max(CASE WHEN after_last THEN last_pay END), max(last_pay)) AS last_pay
  FROM monthly
  GROUP BY person_id, year
),
-- Month by month over the years: a month paid in two years is one month.
totals AS (
  SELECT y.person_id, y.year, count(DISTINCT m.period) AS months, sum(m.amount) AS amount,
    count(DISTINCT m.scheme) AS schemes, min(m.scheme) AS scheme
  FROM by_year AS y
  JOIN monthly AS m ON m.person_id = y.person_id AND m.year BETWEEN y.year - 4 AND y.year
  WHERE m.after_last
  GROUP BY y.person_id, y.year
),
judged AS (
  SELECT y.person_id, y.year, y.village, y.death_date, y.sources, coalesce(t.months, 0) AS months,
    coalesce(t.amount, 0) AS amount, y.amount_now, coalesce(t.schemes, 0) AS schemes, t.scheme, y.last_pay,
    CASE
      WHEN y.death_date IS NULL THEN 'no_date'
      WHEN date_diff('day', y.last_pay, y.first_date) > 3650 THEN 'future_date'
      WHEN y.amount_now > 0 AND t.amount >= $min_amount THEN 'paid_after_death'
      WHEN y.amount_now = 0 AND y.amount_first >= $min_amount THEN 'dates_conflict'
    END AS reason
  FROM by_year AS y
  LEFT JOIN totals AS t ON t.person_id = y.person_id AND t.year = y.year
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
  village, death_date, sources, months, CAST(amount AS DECIMAL(14, 2)) AS amount,
  CAST(amount_now AS DECIMAL(14, 2)) AS amount_now, schemes, scheme, last_pay
FROM judged
WHERE reason IS NOT NULL
