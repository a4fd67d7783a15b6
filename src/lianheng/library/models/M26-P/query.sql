WITH by_day AS (
  SELECT user_id, query_day, strftime(query_day, '%Y-%m') AS period, sum(rows_read) AS rows_read,
    bool_or(rows_read IS NULL) AS unknown
  FROM query_log
  WHERE duty_no IS NULL AND (table_name LIKE '%处方%' OR table_name LIKE '%医嘱%')
  GROUP BY user_id, query_day, strftime(query_day, '%Y-%m')
),
by_month AS (
  SELECT user_id, period, sum(coalesce(rows_read, 0)) AS all_rows, max(coalesce(rows_read, 0)) AS most,
    count(CASE WHEN rows_read >= $rows_day THEN 1 END) AS mass_days,
    sum(CASE WHEN rows_read >= $rows_day THEN rows_read END) AS mass_rows, count(*) AS all_days,
    count(CASE WHEN unknown THEN 1 END) AS unknown_days, min(query_day) AS from_date, max(query_day) AS to_date
  FROM by_day
  GROUP BY user_id, period
),
-- Many rows on one day, or little by little in a month.
judged AS (
  SELECT user_id, period, most, from_date, to_date,
    CASE WHEN mass_days > 0 THEN 'mass_read' WHEN all_rows >= $rows_month THEN 'little_by_little' ELSE 'no_rows' END
      AS reason,
    CASE WHEN mass_days > 0 THEN mass_days WHEN all_rows >= $rows_month THEN all_days ELSE unknown_days END AS days,
    CASE WHEN mass_days > 0 THEN mass_rows ELSE all_rows END AS rows_sum
  FROM by_month
  WHERE mass_days > 0 OR all_rows >= $rows_month OR unknown_days > 0
)
SELECT
  user_id, period,
  CASE WHEN reason = 'no_rows' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE reason WHEN 'mass_read' THEN 'yellow' WHEN 'little_by_little' THEN 'blue' END AS colour,
  CAST(CASE reason WHEN 'mass_read' THEN least(95, 50 + days * 5) WHEN 'little_by_little' THEN least(40, 20 + days)
    END AS INTEGER) AS score,
  reason,
  FALSE AS explainable,
  CAST(days AS BIGINT) AS days, CAST(rows_sum AS BIGINT) AS rows_sum, CAST(most AS BIGINT) AS most, from_date, to_date
FROM judged
