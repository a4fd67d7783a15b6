WITH person_day AS (
  SELECT person_id, work_day, CAST(extract(year FROM work_day) AS BIGINT) AS year, count(DISTINCT village) AS villages,
    sum(amount) AS amount
  FROM labour
  WHERE remote_no IS NULL
  GROUP BY person_id, work_day, CAST(extract(year FROM work_day) AS BIGINT)
),
gone AS (
  SELECT DISTINCT person_id, trip_day FROM trip
),
known AS (
  SELECT DISTINCT strftime(trip_day, '%Y-%m') AS month FROM trip
),
hits AS (
  SELECT person_id, '两地' AS issue, year, 'two_places' AS reason, work_day, amount FROM person_day WHERE villages > 1
  UNION ALL
  SELECT d.person_id, '外出', d.year, 'away', d.work_day, d.amount
  FROM person_day AS d
  JOIN gone AS g ON g.person_id = d.person_id AND g.trip_day = d.work_day
),
-- One row for the whole register, not one for each person.
unknown AS (
  SELECT '全部' AS person_id, '外出' AS issue, d.year, 'no_trips' AS reason, d.work_day, d.amount
  FROM person_day AS d
  LEFT JOIN known AS k ON k.month = strftime(d.work_day, '%Y-%m')
  WHERE k.month IS NULL
),
summed AS (
  SELECT person_id, issue, year, reason, count(*) AS days, sum(amount) AS amount, min(work_day) AS from_date,
    max(work_day) AS to_date
  FROM (SELECT * FROM hits UNION ALL SELECT * FROM unknown) AS all_rows
  GROUP BY person_id, issue, year, reason
)
SELECT
  person_id, issue,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'no_trips' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'no_trips' THEN NULL ELSE 'yellow' END AS colour,
  CAST(CASE WHEN reason <> 'no_trips' THEN least(90, 50 + days * 2) END AS INTEGER) AS score,
  reason,
  FALSE AS explainable,
  CAST(days AS BIGINT) AS days, CAST(amount AS DECIMAL(16, 2)) AS amount, from_date, to_date
FROM summed
-- One mistaken date can put somebody elsewhere; two villages that pay the same day are asked about at once.
WHERE reason = 'no_trips' OR (amount >= $min_amount AND (reason = 'two_places' OR days >= $min_days))
