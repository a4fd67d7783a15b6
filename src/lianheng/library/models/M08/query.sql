WITH spells AS (
  SELECT b.person_id, b.village, b.scheme, b.from_date, coalesce(b.to_date, $today) AS to_date, b.amount, b.paid_grade,
    p.birth_date, p.disability_grade, p.grade_from, p.household, p.moved_out_on, p.detained_from, p.detained_to,
    s.min_age, s.max_age, s.detention_stops, s.resident_only
  FROM benefit AS b
  JOIN person AS p ON p.person_id = b.person_id
  JOIN scheme AS s ON s.scheme = b.scheme
  WHERE b.amount >= $min_amount
),
-- Ages as days written YYYYMMDD: an age is reached on the birthday.
aged AS (
  SELECT *,
    (extract(year FROM from_date) - extract(year FROM birth_date)) * 10000
      + (extract(month FROM from_date) - extract(month FROM birth_date)) * 100
      + extract(day FROM from_date) - extract(day FROM birth_date) AS age_from,
    (extract(year FROM to_date) - extract(year FROM birth_date)) * 10000
      + (extract(month FROM to_date) - extract(month FROM birth_date)) * 100
      + extract(day FROM to_date) - extract(day FROM birth_date) AS age_to
  FROM spells
),
mismatches AS (
  SELECT person_id, scheme, village, from_date, amount, birth_date, paid_grade, disability_grade,
    '享受时年龄不到' AS state, from_date AS since, date_diff('day', from_date, to_date) AS days
  FROM aged
  WHERE age_from < (min_age - $age_slack) * 10000
  UNION ALL
  SELECT person_id, scheme, village, from_date, amount, birth_date, paid_grade, disability_grade,
    '超过最高年龄', from_date, date_diff('day', from_date, to_date)
  FROM aged
  WHERE age_to >= (max_age + 1 + $age_slack) * 10000
  UNION ALL
  SELECT person_id, scheme, village, from_date, amount, birth_date, paid_grade, disability_grade,
    '服刑或羁押期间仍在发放', greatest(from_date, detained_from),
    date_diff('day', greatest(from_date, detained_from), least(to_date, coalesce(detained_to, to_date)))
  FROM spells
  WHERE detention_stops AND detained_from IS NOT NULL
    AND date_diff('day', greatest(from_date, detained_from), least(to_date, coalesce(detained_to, to_date)))
      >= $min_detention
  UNION ALL
  SELECT person_id, scheme, village, from_date, amount, birth_date, paid_grade, disability_grade,
    '登记的残疾等级轻于发放等级', greatest(from_date, coalesce(grade_from, from_date)),
    date_diff('day', greatest(from_date, coalesce(grade_from, from_date)), to_date)
  FROM spells
  WHERE disability_grade > paid_grade
    AND date_diff('day', greatest(from_date, coalesce(grade_from, from_date)), to_date) > $grade_grace
  UNION ALL
  SELECT person_id, scheme, village, from_date, amount, birth_date, paid_grade, disability_grade,
    '户口已迁出', greatest(from_date, coalesce(moved_out_on, from_date)),
    date_diff('day', greatest(from_date, coalesce(moved_out_on, from_date)), to_date)
  FROM spells
  WHERE resident_only AND household = '迁出'
    AND date_diff('day', greatest(from_date, coalesce(moved_out_on, from_date)), to_date) > $moved_grace
),
found AS (
  SELECT person_id, scheme, CAST(extract(year FROM min(since)) AS BIGINT) AS year, min(village) AS village,
    string_agg(state, '；' ORDER BY since, state) AS state, count(*) AS states, min(since) AS since, max(days) AS days,
    max(ratio(amount * days, 30, 2)) AS amount, min(birth_date) AS birth_date, min(from_date) AS from_date,
    min(paid_grade) AS paid_grade, max(disability_grade) AS disability_grade, 'mismatch' AS reason
  FROM mismatches
  GROUP BY person_id, scheme
),
unknown AS (
  SELECT a.person_id, a.scheme, CAST(extract(year FROM min(a.from_date)) AS BIGINT) AS year, min(a.village) AS village,
    CAST(NULL AS VARCHAR) AS state, 0 AS states, CAST(NULL AS DATE) AS since, CAST(NULL AS BIGINT) AS days,
    CAST(NULL AS DECIMAL(18, 2)) AS amount, CAST(NULL AS DATE) AS birth_date, min(a.from_date) AS from_date,
    min(a.paid_grade) AS paid_grade, CAST(NULL AS BIGINT) AS disability_grade,
    CASE WHEN bool_or(a.birth_date IS NULL AND (a.min_age IS NOT NULL OR a.max_age IS NOT NULL))
      THEN 'no_birth_date' ELSE 'no_grade' END AS reason
  FROM spells AS a
  WHERE ((a.birth_date IS NULL AND (a.min_age IS NOT NULL OR a.max_age IS NOT NULL))
      OR (a.paid_grade IS NOT NULL AND a.disability_grade IS NULL))
    AND NOT EXISTS (SELECT 1 FROM found AS f WHERE f.person_id = a.person_id AND f.scheme = a.scheme)
  GROUP BY a.person_id, a.scheme
),
everything AS (
  SELECT person_id, scheme, year, village, state, states, since, days, amount, birth_date, from_date, paid_grade,
    disability_grade, reason
  FROM found
  UNION ALL
  SELECT person_id, scheme, year, village, state, states, since, days, amount, birth_date, from_date, paid_grade,
    disability_grade, reason
  FROM unknown
)
SELECT
  person_id, scheme,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'mismatch' THEN 'flag' ELSE 'cannot_tell' END AS result,
  CASE WHEN reason <> 'mismatch' THEN NULL WHEN days >= $red_days OR states > 1 THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE WHEN reason = 'mismatch' THEN least(100, 25 + 15 * states + floor(ratio(days, 30, 0))) END AS INTEGER)
    AS score,
  reason,
  FALSE AS explainable,
  village, state, states, since, days, CAST(amount AS DECIMAL(14, 2)) AS amount, birth_date, from_date, paid_grade,
  disability_grade
FROM everything
