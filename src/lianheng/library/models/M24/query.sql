WITH work AS (
  SELECT *, strftime(work_day, '%Y-%m') AS period, CAST(extract(year FROM work_day) AS BIGINT) AS year FROM labour
),
person_day AS (
  SELECT person_id, work_day, sum(hours) AS hours, count(DISTINCT village) AS villages
  FROM work
  WHERE remote_no IS NULL
  GROUP BY person_id, work_day
),
gone AS (
  SELECT DISTINCT person_id, trip_day FROM trip
),
judged AS (
  SELECT w.village, w.village_name, w.period, w.person_id, w.work_day, w.amount, d.villages > 1 AS two_places,
    g.person_id IS NOT NULL AS away, d.hours > $max_hours AS long_hours, s.price IS NULL AS no_scale,
    coalesce(w.amount > w.hours * s.price * (1 + $tolerance), FALSE) AS over_scale,
    coalesce(NOT w.resident, FALSE) AS not_resident
  FROM work AS w
  JOIN person_day AS d ON d.person_id = w.person_id AND d.work_day = w.work_day
  LEFT JOIN gone AS g ON g.person_id = w.person_id AND g.trip_day = w.work_day
  LEFT JOIN labour_scale AS s ON s.kind = w.kind AND s.year = w.year
  WHERE w.remote_no IS NULL
),
hits AS (
  SELECT village, village_name, period, person_id, amount, '两地' AS issue, 'two_places' AS reason
  FROM judged WHERE two_places
  UNION ALL
  SELECT village, village_name, period, person_id, amount, '外出', 'away' FROM judged WHERE away
  UNION ALL
  SELECT village, village_name, period, person_id, amount, '工时', 'long_hours' FROM judged WHERE long_hours
  UNION ALL
  SELECT village, village_name, period, person_id, amount, '单价', 'over_scale' FROM judged WHERE over_scale
  UNION ALL
  SELECT village, village_name, period, person_id, amount, '常住', 'not_resident' FROM judged WHERE not_resident
  UNION ALL
  SELECT village, village_name, period, person_id, amount, '标准', 'no_scale' FROM judged WHERE no_scale
)
SELECT
  village, issue, period,
  CASE WHEN issue = '标准' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN issue = '标准' THEN NULL WHEN issue IN ('两地', '外出') THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE
    WHEN issue = '标准' THEN NULL WHEN issue IN ('两地', '外出') THEN least(95, 60 + count(*))
    ELSE least(70, 30 + count(*))
  END AS INTEGER) AS score,
  max(reason) AS reason,
  FALSE AS explainable,
  max(village_name) AS village_name, count(*) AS days, count(DISTINCT person_id) AS persons,
  CAST(sum(amount) AS DECIMAL(16, 2)) AS amount
FROM hits
GROUP BY village, issue, period
HAVING count(*) >= $min_days AND sum(amount) >= $min_amount
