-- A month as two days. The 29th of February is left out on purpose: thresholds are not that fine.
WITH months AS (
  SELECT p.person_id, p.household_id, p.scheme, p.period, CAST(extract(year FROM p.pay_date) AS BIGINT) AS year,
    min(p.village) AS village, sum(p.amount) AS amount,
    CAST(concat(p.period, '-01') AS DATE) AS first_day,
    CAST(concat(p.period, CASE WHEN right(p.period, 2) = '02' THEN '-28'
      WHEN right(p.period, 2) IN ('04', '06', '09', '11') THEN '-30' ELSE '-31' END) AS DATE) AS last_day,
    bool_or(s.own_right) AS own_right
  FROM payment AS p
  JOIN scheme AS s ON s.scheme = p.scheme
  WHERE s.hardship
  GROUP BY p.person_id, p.household_id, p.scheme, p.period, CAST(extract(year FROM p.pay_date) AS BIGINT)
),
-- A retired person with a low pension may well be in need.
workers AS (
  SELECT person_id, unit, from_date, to_date, status = '离退休' AND monthly_pay IS NULL AS unknown
  FROM payroll
  WHERE status <> '离退休' OR monthly_pay IS NULL OR monthly_pay >= $low_pension
),
related AS (
  SELECT m.person_id, m.scheme, m.period, m.year, m.village, m.household_id, m.amount, m.first_day, m.last_day,
    m.person_id AS worker_id
  FROM months AS m
  UNION ALL
  SELECT m.person_id, m.scheme, m.period, m.year, m.village, m.household_id, m.amount,
    greatest(m.first_day, coalesce(h.from_date, m.first_day)), least(m.last_day, coalesce(h.to_date, m.last_day)),
    h.person_id
  FROM months AS m
  JOIN household AS h ON h.household_id = m.household_id AND h.person_id <> m.person_id
  WHERE NOT m.own_right
),
overlapping AS (
  SELECT r.person_id, r.scheme, r.period, r.year, r.village, r.household_id, r.amount, r.worker_id, w.unit, w.unknown,
    r.worker_id = r.person_id AS own,
    date_diff('day', greatest(r.first_day, w.from_date), least(r.last_day, coalesce(w.to_date, r.last_day))) + 1 AS days
  FROM related AS r
  JOIN workers AS w ON w.person_id = r.worker_id
),
-- Several relatives, or several posts, cover a month once: own before others, known before unknown, then most days.
once AS (
  SELECT *, row_number() OVER (PARTITION BY person_id, scheme, period, year, household_id
    ORDER BY unknown, own DESC, days DESC, worker_id, unit) AS place
  FROM overlapping
  WHERE days > 0
),
by_year AS (
  SELECT person_id, scheme, year, min(village) AS village, min(household_id) AS household_id, min(unit) AS unit_name,
    min(worker_id) AS worker_id, bool_or(own) AS own, bool_and(unknown) AS unknown, count(DISTINCT period) AS months,
    sum(days) AS days, sum(amount) AS amount
  FROM once
  WHERE place = 1
  GROUP BY person_id, scheme, year
)
SELECT
  person_id, scheme,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN unknown THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN unknown THEN NULL WHEN own AND amount >= $red_amount THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE WHEN NOT unknown THEN least(100, CASE WHEN own THEN 50 ELSE 30 END + months + floor(ratio(amount, 1000, 0)))
    END AS INTEGER) AS score,
  CASE WHEN unknown THEN 'pension_unknown' WHEN own THEN 'own_payroll' ELSE 'household_payroll' END AS reason,
  FALSE AS explainable,
  village, household_id, unit_name, worker_id, months, CAST(days AS BIGINT) AS days,
  CAST(amount AS DECIMAL(14, 2)) AS amount
FROM by_year
WHERE days >= $overlap_days AND amount >= $min_amount
