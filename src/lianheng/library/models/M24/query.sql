WITH work AS (
  SELECT *, strftime(work_day, '%Y-%m') AS period, CAST(extract(year FROM work_day) AS BIGINT) AS year FROM labour
),
person_day AS (
  SELECT person_id, work_day, sum(hours) AS hours FROM work GROUP BY person_id, work_day
),
-- Registered remote service explains where somebody was, not for how long or for how much.
place AS (
  SELECT person_id, work_day, count(DISTINCT village) AS villages, sum(amount) AS day_amount
  FROM work
  WHERE remote_no IS NULL
  GROUP BY person_id, work_day
),
gone AS (
  SELECT DISTINCT person_id, trip_day FROM trip
),
known AS (
  SELECT DISTINCT strftime(trip_day, '%Y-%m') AS period FROM trip
),
judged AS (
  SELECT w.village, w.village_name, w.period, CAST(w.year AS VARCHAR) AS year, p.day_amount, w.person_id, w.work_day, w.amount,
    w.remote_no IS NULL AND p.villages > 1 AS two_places, w.remote_no IS NULL AND g.person_id IS NOT NULL AS away,
    w.remote_no IS NULL AND k.period IS NULL AS no_trips, d.hours > $max_hours AS long_hours,
    w.hours > 0 AND s.price IS NULL AS no_scale, w.hours = 0 AS no_hours,
    coalesce(w.hours > 0 AND w.amount > w.hours * s.price * (1 + $tolerance), FALSE) AS over_scale,
    coalesce(NOT w.resident, FALSE) AS not_resident
  FROM work AS w
  JOIN person_day AS d ON d.person_id = w.person_id AND d.work_day = w.work_day
  LEFT JOIN place AS p ON p.person_id = w.person_id AND p.work_day = w.work_day
  LEFT JOIN gone AS g ON g.person_id = w.person_id AND g.trip_day = w.work_day
  LEFT JOIN known AS k ON k.period = w.period
  LEFT JOIN labour_scale AS s ON s.kind = w.kind AND s.year = w.year
),
-- Where no journeys are known, one row stands for the whole register, not one for each village; where hours are not
-- written, one for the year. Who was in two places is weighed with what both villages paid.
hits AS (
  SELECT village, village_name, period, person_id, work_day, amount, '两地' AS issue, 'two_places' AS reason, day_amount
  FROM judged WHERE two_places
  UNION ALL
  SELECT village, village_name, period, person_id, work_day, amount, '外出', 'away', 0 FROM judged WHERE away
  UNION ALL
  SELECT village, village_name, period, person_id, work_day, amount, '工时', 'long_hours', 0
  FROM judged WHERE long_hours
  UNION ALL
  SELECT village, village_name, period, person_id, work_day, amount, '单价', 'over_scale', 0
  FROM judged WHERE over_scale
  UNION ALL
  SELECT village, village_name, period, person_id, work_day, amount, '常住', 'not_resident', 0
  FROM judged WHERE not_resident
  UNION ALL
  SELECT village, village_name, period, person_id, work_day, amount, '标准', 'no_scale', 0 FROM judged WHERE no_scale
  UNION ALL
  SELECT village, village_name, year, person_id, work_day, amount, '计时', 'no_hours', 0 FROM judged WHERE no_hours
  UNION ALL
  SELECT '全部', NULL, period, person_id, work_day, amount, '外出', 'no_trips', 0 FROM judged WHERE no_trips
),
-- However many rows a person has on a day, it is one day of one person.
days AS (
  SELECT village, issue, reason, period, person_id, work_day, max(village_name) AS village_name, sum(amount) AS amount,
    greatest(sum(amount), max(day_amount)) AS weighed
  FROM hits
  GROUP BY village, issue, reason, period, person_id, work_day
),
summed AS (
  SELECT village, issue, reason, period, max(village_name) AS village_name, count(*) AS days,
    count(DISTINCT person_id) AS persons, sum(amount) AS amount, sum(weighed) AS weighed
  FROM days
  GROUP BY village, issue, reason, period
)
SELECT
  village, issue, period,
  CASE WHEN reason IN ('no_scale', 'no_hours', 'no_trips') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason IN ('no_scale', 'no_hours', 'no_trips') THEN NULL
    WHEN reason IN ('two_places', 'away') AND days >= $min_days AND amount >= $red_amount THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE
    WHEN reason IN ('two_places', 'away') THEN least(95, 60 + days)
    WHEN reason NOT IN ('no_scale', 'no_hours', 'no_trips') THEN least(70, 30 + days)
  END AS INTEGER) AS score,
  reason,
  FALSE AS explainable,
  village_name, CAST(days AS BIGINT) AS days, CAST(persons AS BIGINT) AS persons,
    CAST(amount AS DECIMAL(16, 2)) AS amount
FROM summed
-- One mistaken date can put somebody elsewhere or make a day long; it cannot make a price.
WHERE weighed >= $min_amount AND (reason NOT IN ('away', 'long_hours') OR days >= $min_days OR amount >= $red_amount)
