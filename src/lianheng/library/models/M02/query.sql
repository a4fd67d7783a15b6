-- Only payments to somebody on a payroll, or to a household with such a member, are looked at.
WITH paid_homes AS (
  SELECT DISTINCT h.household_id FROM household AS h JOIN payroll AS w ON w.person_id = h.person_id
),
-- What was paid for a month, by the household it was paid to. Whether a scheme that is not in the catalogue is hardship
-- aid is not known; it is held against the payee's own post alone.
claims AS (
  SELECT p.person_id, p.household_id, p.scheme, p.period, CAST(extract(year FROM p.pay_date) AS BIGINT) AS year,
    min(p.village) AS village, sum(p.amount) AS amount, bool_or(s.scheme IS NULL) AS no_scheme,
    bool_or(coalesce(s.own_right, TRUE)) AS own_right
  FROM payment AS p
  LEFT JOIN scheme AS s ON s.scheme = p.scheme
  WHERE (s.hardship OR s.scheme IS NULL)
    AND (p.person_id IN (SELECT person_id FROM payroll) OR p.household_id IN (SELECT household_id FROM paid_homes)
      OR (p.household_id IS NULL AND p.person_id IN (SELECT h.person_id FROM household AS h
        JOIN paid_homes AS o ON o.household_id = h.household_id)))
  GROUP BY p.person_id, p.household_id, p.scheme, p.period, CAST(extract(year FROM p.pay_date) AS BIGINT)
),
months AS (
  SELECT person_id, scheme, period, year, min(village) AS village, min(household_id) AS household_id,
    sum(amount) AS amount, bool_or(no_scheme) AS no_scheme,
    CAST(concat(period, '-01') AS DATE) AS first_day,
    CAST(concat(period, CASE WHEN right(period, 2) IN ('04', '06', '09', '11') THEN '-30'
      WHEN right(period, 2) <> '02' THEN '-31'
      WHEN mod(CAST(left(period, 4) AS INTEGER), 4) = 0 AND (mod(CAST(left(period, 4) AS INTEGER), 100) <> 0
        OR mod(CAST(left(period, 4) AS INTEGER), 400) = 0) THEN '-29'
      ELSE '-28' END) AS DATE) AS last_day
  FROM claims
  GROUP BY person_id, scheme, period, year
),
-- Without a household on the payment, the one in which the payee is listed.
homes AS (
  SELECT person_id, scheme, period, year, household_id FROM claims WHERE household_id IS NOT NULL AND NOT own_right
  UNION
  SELECT c.person_id, c.scheme, c.period, c.year, h.household_id
  FROM claims AS c
  JOIN household AS h ON h.person_id = c.person_id
  JOIN months AS m ON m.person_id = c.person_id AND m.scheme = c.scheme AND m.period = c.period AND m.year = c.year
  WHERE c.household_id IS NULL AND NOT c.own_right AND coalesce(h.from_date, m.last_day) <= m.last_day
    AND coalesce(h.to_date, m.first_day) >= m.first_day
),
-- A retired person with a low pension may well be in need.
workers AS (
  SELECT person_id, unit, from_date, to_date, status = '离退休' AND monthly_pay IS NULL AS unknown
  FROM payroll
  WHERE status <> '离退休' OR monthly_pay IS NULL OR monthly_pay >= $low_pension
),
related AS (
  SELECT person_id, scheme, period, year, first_day, last_day, person_id AS worker_id FROM months
  UNION ALL
  SELECT m.person_id, m.scheme, m.period, m.year, greatest(m.first_day, coalesce(h.from_date, m.first_day)),
    least(m.last_day, coalesce(h.to_date, m.last_day)), h.person_id
  FROM homes AS o
  JOIN household AS h ON h.household_id = o.household_id AND h.person_id <> o.person_id
  JOIN months AS m ON m.person_id = o.person_id AND m.scheme = o.scheme AND m.period = o.period AND m.year = o.year
),
posts AS (
  SELECT r.person_id, r.scheme, r.period, r.year, r.worker_id, w.unit,
    CASE WHEN w.unknown THEN 'unknown' WHEN r.worker_id = r.person_id THEN 'own' ELSE 'household' END AS kind,
    greatest(r.first_day, w.from_date) AS since, least(r.last_day, coalesce(w.to_date, r.last_day)) AS until
  FROM related AS r
  JOIN workers AS w ON w.person_id = r.worker_id
  WHERE greatest(r.first_day, w.from_date) <= least(r.last_day, coalesce(w.to_date, r.last_day))
),
-- Several posts, or several members, cover a day once: among the payee's own posts, among all that are known, among all.
covered AS (
  SELECT *,
    max(until) OVER (PARTITION BY person_id, scheme, year, period, kind ORDER BY since, until, worker_id, unit
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS by_kind,
    max(until) OVER (PARTITION BY person_id, scheme, year, period, kind = 'unknown'
      ORDER BY since, until, worker_id, unit, kind ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS by_known,
    max(until) OVER (PARTITION BY person_id, scheme, year, period ORDER BY since, until, worker_id, unit, kind
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS by_any
  FROM posts
),
days_of_months AS (
  SELECT person_id, scheme, year, period,
    sum(CASE WHEN kind <> 'own' OR by_kind >= until THEN 0 WHEN by_kind >= since THEN date_diff('day', by_kind, until)
      ELSE date_diff('day', since, until) + 1 END) AS own_days,
    sum(CASE WHEN kind = 'unknown' OR by_known >= until THEN 0
      WHEN by_known >= since THEN date_diff('day', by_known, until) ELSE date_diff('day', since, until) + 1 END)
      AS known_days,
    sum(CASE WHEN by_any >= until THEN 0 WHEN by_any >= since THEN date_diff('day', by_any, until)
      ELSE date_diff('day', since, until) + 1 END) AS all_days,
    count(*) FILTER (WHERE kind = 'household') AS household_posts
  FROM covered
  GROUP BY person_id, scheme, year, period
),
-- A whole month is thirty days at least, or aid paid once for a February would never count.
weighed AS (
  SELECT d.person_id, d.scheme, d.year, d.period, m.village, m.household_id, m.amount, m.no_scheme, d.own_days,
    d.known_days, d.all_days, d.household_posts,
    CASE WHEN d.own_days > date_diff('day', m.first_day, m.last_day) THEN greatest(d.own_days, 30) ELSE d.own_days END
      AS own_weight,
    CASE WHEN d.known_days > date_diff('day', m.first_day, m.last_day) THEN greatest(d.known_days, 30)
      ELSE d.known_days END AS known_weight,
    CASE WHEN d.all_days > date_diff('day', m.first_day, m.last_day) THEN greatest(d.all_days, 30) ELSE d.all_days END
      AS all_weight,
    coalesce(lead(d.year) OVER (PARTITION BY d.person_id, d.scheme, d.period ORDER BY d.year) = d.year + 1, FALSE)
      AS again
  FROM days_of_months AS d
  JOIN months AS m ON m.person_id = d.person_id AND m.scheme = d.scheme AND m.period = d.period AND m.year = d.year
),
by_year AS (
  SELECT person_id, scheme, year, min(village) AS village, min(household_id) AS household_id,
    bool_or(no_scheme) AS no_scheme,
    sum(own_days) AS own_days, sum(known_days) AS known_days, sum(all_days) AS all_days,
    sum(household_posts) AS household_posts,
    sum(own_weight) AS own_weight, sum(known_weight) AS known_weight, sum(all_weight) AS all_weight,
    sum(CASE WHEN again THEN 0 ELSE own_weight END) AS own_left,
    sum(CASE WHEN again THEN 0 ELSE known_weight END) AS known_left,
    sum(CASE WHEN again THEN 0 ELSE all_weight END) AS all_left,
    count(*) FILTER (WHERE own_days > 0) AS own_months, count(*) FILTER (WHERE known_days > 0) AS known_months,
    count(*) AS all_months,
    coalesce(sum(amount) FILTER (WHERE own_days > 0), 0) AS own_amount,
    coalesce(sum(amount) FILTER (WHERE known_days > 0), 0) AS known_amount, sum(amount) AS all_amount
  FROM weighed
  GROUP BY person_id, scheme, year
),
-- An overlap goes on over New Year: the days of the year before count along, unless they were enough for that year.
carried AS (
  SELECT *,
    own_weight + CASE WHEN lag(year) OVER (PARTITION BY person_id, scheme ORDER BY year) = year - 1
      AND lag(own_weight) OVER (PARTITION BY person_id, scheme ORDER BY year) < $overlap_days
      THEN lag(own_left) OVER (PARTITION BY person_id, scheme ORDER BY year) ELSE 0 END AS own_total,
    known_weight + CASE WHEN lag(year) OVER (PARTITION BY person_id, scheme ORDER BY year) = year - 1
      AND lag(known_weight) OVER (PARTITION BY person_id, scheme ORDER BY year) < $overlap_days
      THEN lag(known_left) OVER (PARTITION BY person_id, scheme ORDER BY year) ELSE 0 END AS known_total,
    all_weight + CASE WHEN lag(year) OVER (PARTITION BY person_id, scheme ORDER BY year) = year - 1
      AND lag(all_weight) OVER (PARTITION BY person_id, scheme ORDER BY year) < $overlap_days
      THEN lag(all_left) OVER (PARTITION BY person_id, scheme ORDER BY year) ELSE 0 END AS all_total
  FROM by_year
),
judged AS (
  SELECT *, CASE
    WHEN no_scheme AND all_total >= $overlap_days AND all_amount >= $min_amount THEN 'scheme_unknown'
    WHEN no_scheme THEN NULL
    WHEN own_days > 0 AND own_total >= $overlap_days AND own_amount >= $min_amount THEN 'own_payroll'
    WHEN known_days > 0 AND known_total >= $overlap_days AND known_amount >= $min_amount
      THEN CASE WHEN own_days > 0 AND household_posts = 0 THEN 'own_carried' WHEN own_days > 0 THEN 'mixed_payroll'
        ELSE 'household_payroll' END
    WHEN all_days > known_days AND all_total >= $overlap_days AND all_amount >= $min_amount THEN 'pension_unknown'
  END AS reason
  FROM carried
),
-- Whose post is named: of the kind that the reason speaks of, the one with most days.
named AS (
  SELECT person_id, scheme, year, kind, worker_id, unit, sum(date_diff('day', since, until) + 1) AS days
  FROM posts
  GROUP BY person_id, scheme, year, kind, worker_id, unit
),
ranked AS (
  SELECT person_id, scheme, year, kind, worker_id, unit,
    row_number() OVER (PARTITION BY person_id, scheme, year, kind ORDER BY days DESC, worker_id, unit) AS place,
    count(*) OVER (PARTITION BY person_id, scheme, year, kind) AS posts
  FROM named
),
shown AS (
  SELECT *, CASE WHEN reason IN ('own_payroll', 'own_carried') THEN 'own' WHEN reason = 'pension_unknown' THEN 'unknown'
    WHEN reason = 'scheme_unknown' THEN CASE WHEN known_days > 0 THEN 'own' ELSE 'unknown' END
    ELSE 'household' END AS kind,
    CASE WHEN reason = 'own_payroll' THEN own_months WHEN reason IN ('household_payroll', 'mixed_payroll', 'own_carried')
      THEN known_months ELSE all_months END AS months,
    CASE WHEN reason = 'own_payroll' THEN own_days WHEN reason IN ('household_payroll', 'mixed_payroll', 'own_carried')
      THEN known_days ELSE all_days END AS days,
    CASE WHEN reason = 'own_payroll' THEN own_amount WHEN reason IN ('household_payroll', 'mixed_payroll', 'own_carried')
      THEN known_amount ELSE all_amount END AS amount
  FROM judged
  WHERE reason IS NOT NULL
),
-- A scheme that the catalogue lacks is one question, whoever had it.
shown_posts AS (
  SELECT s.person_id, s.scheme, s.year, s.reason, s.village, s.household_id, r.unit AS unit_name, r.worker_id, r.posts,
    s.months, s.days, s.own_days, s.amount, CAST(1 AS BIGINT) AS persons
  FROM shown AS s
  JOIN ranked AS r ON r.person_id = s.person_id AND r.scheme = s.scheme AND r.year = s.year AND r.kind = s.kind
    AND r.place = 1
  WHERE s.reason <> 'scheme_unknown'
  UNION ALL
  SELECT '-', scheme, year, 'scheme_unknown', CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
    CAST(NULL AS VARCHAR), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT),
    sum(amount), count(*)
  FROM shown
  WHERE reason = 'scheme_unknown'
  GROUP BY scheme, year
)
SELECT
  person_id, scheme,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IN ('pension_unknown', 'scheme_unknown') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason IN ('pension_unknown', 'scheme_unknown') THEN NULL
    WHEN reason = 'own_payroll' AND amount >= $red_amount THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE WHEN reason NOT IN ('pension_unknown', 'scheme_unknown')
    THEN least(100, CASE WHEN reason = 'own_payroll' THEN 50 ELSE 30 END + months
      + floor(ratio(amount, 1000, 0))) END AS INTEGER) AS score,
  reason,
  FALSE AS explainable,
  village, household_id, unit_name, worker_id, posts, months, CAST(days AS BIGINT) AS days,
  CAST(own_days AS BIGINT) AS own_days, CAST(amount AS DECIMAL(14, 2)) AS amount, persons
FROM shown_posts
