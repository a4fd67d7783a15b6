WITH by_day AS (
  SELECT user_id, query_day, strftime(query_day, '%Y-%m') AS period, sum(rows_read) AS rows_read,
    bool_or(rows_read IS NULL) AS unknown
  FROM query_log
  WHERE duty_no IS NULL AND (table_name LIKE '%处方%' OR table_name LIKE '%医嘱%')
  GROUP BY user_id, query_day, strftime(query_day, '%Y-%m')
),
by_month AS (
  SELECT user_id, period, bool_or(coalesce(rows_read, 0) >= $rows_day) AS mass, count(*) AS days,
    sum(rows_read) AS rows_sum, max(rows_read) AS most, min(query_day) AS from_date, max(query_day) AS to_date
  FROM by_day
  WHERE coalesce(rows_read, 0) >= $rows_day OR unknown
  GROUP BY user_id, period
)
SELECT
  user_id, period,
  CASE WHEN mass THEN 'flag' ELSE 'cannot_tell' END AS result,
  CASE WHEN mass AND rows_sum >= $red_rows THEN 'red' WHEN mass THEN 'yellow' END AS colour,
  CAST(CASE WHEN mass THEN least(95, 50 + days * 5) END AS INTEGER) AS score,
  CASE WHEN mass THEN 'mass_read' ELSE 'no_rows' END AS reason,
  FALSE AS explainable,
  CAST(days AS BIGINT) AS days, CAST(rows_sum AS BIGINT) AS rows_sum, CAST(most AS BIGINT) AS most, from_date, to_date
FROM by_month
