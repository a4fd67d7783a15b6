-- `k` numbers the days: where it grows slower than the dates, days of the calendar are missing in between.
WITH workday AS (
  SELECT day, sum(CASE WHEN holiday THEN 0 ELSE 1 END) OVER (ORDER BY day) AS n, row_number() OVER (ORDER BY day) AS k
  FROM calendar
),
placed AS (
  SELECT case_no, item, item_name, window_no, accepted, done, coalesce(paused_days, 0) AS paused, priority_reason,
    batch_no, CAST(accepted AS DATE) AS accepted_on, CAST(done AS DATE) AS done_on,
    CAST(extract(year FROM accepted) AS BIGINT) AS year,
    coalesce(done < accepted OR CAST(done AS DATE) > $today, FALSE) AS wrong
  FROM approval_case
),
limited AS (
  SELECT c.case_no, l.limit_days
  FROM placed AS c
  JOIN approval_limit AS l ON l.item = c.item AND l.valid_from <= c.accepted_on
  QUALIFY row_number() OVER (PARTITION BY c.case_no ORDER BY l.valid_from DESC) = 1
),
timed AS (
  SELECT c.*, l.limit_days, s.n AS accepted_n, e.n AS ended_n, e.n - s.n - c.paused AS used_days, e.n - s.n - c.paused - l.limit_days AS over_days
  FROM placed AS c
  LEFT JOIN limited AS l ON l.case_no = c.case_no
  LEFT JOIN workday AS s ON s.day = c.accepted_on AND NOT c.wrong
  LEFT JOIN workday AS e ON e.day = coalesce(c.done_on, $today) AND e.k - s.k = date_diff('day', s.day, e.day)
),
-- One that is not done yet was jumped too, if it was within its time then; those that waited for their applicant were not.
jump AS (
  SELECT c.case_no, count(*) AS jumped
  FROM timed AS c
  JOIN timed AS o ON o.item = c.item AND o.window_no = c.window_no AND o.accepted < c.accepted
    AND coalesce(o.done > c.done, c.ended_n <= o.accepted_n + o.limit_days) AND NOT o.wrong AND date_diff('day', o.accepted_on, c.accepted_on) <= $jump_days
  WHERE c.done IS NOT NULL AND NOT c.wrong AND c.priority_reason IS NULL AND o.paused = 0 AND o.batch_no IS NULL
  GROUP BY c.case_no
  HAVING count(*) >= $jump
),
judged AS (
  SELECT t.*, coalesce(t.over_days >= $over, FALSE) AS late, j.jumped
  FROM timed AS t
  LEFT JOIN jump AS j ON j.case_no = t.case_no
),
-- What is open yet grows later from day to day and is asked about by itself.
by_window AS (
  SELECT window_no, year, count(*) AS cases, sum(CASE WHEN late THEN 1 ELSE 0 END) AS late_cases,
    sum(CASE WHEN jumped IS NOT NULL AND batch_no IS NULL THEN 1 ELSE 0 END) AS jump_cases,
    sum(CASE WHEN late OR (jumped IS NOT NULL AND batch_no IS NULL) THEN 1 ELSE 0 END) AS both_cases
  FROM judged
  WHERE done IS NOT NULL
  GROUP BY window_no, year
),
untold AS (
  SELECT item, item_name, year, CASE WHEN limit_days IS NULL THEN 'no_limit' WHEN wrong THEN 'wrong_times'
    ELSE 'no_calendar' END AS reason
  FROM judged
  WHERE limit_days IS NULL OR used_days IS NULL
),
unknown AS (
  SELECT item, year, max(item_name) AS item_name, count(*) AS cases, reason
  FROM untold
  GROUP BY item, year, reason
),
found AS (
  SELECT '超时' AS issue, case_no AS subject, year, CASE WHEN done IS NULL THEN 'still_open' ELSE 'over_limit' END
      AS reason,
    item, item_name, window_no, accepted_on, done_on, used_days, limit_days, over_days,
    CAST(NULL AS BIGINT) AS jumped, CAST(NULL AS BIGINT) AS late_cases, CAST(NULL AS BIGINT) AS jump_cases,
    CAST(NULL AS BIGINT) AS cases, CAST(NULL AS BIGINT) AS both_cases
  FROM judged
  WHERE late
  UNION ALL
  SELECT '插队', case_no, year, CASE WHEN batch_no IS NULL THEN 'queue_jump' ELSE 'batch_day' END, item, item_name,
    window_no, accepted_on, done_on, used_days, limit_days, over_days, jumped, NULL, NULL, NULL, NULL
  FROM judged
  WHERE jumped IS NOT NULL
  UNION ALL
  SELECT '窗口', window_no, year, 'window_pattern', NULL, NULL, window_no, NULL, NULL, NULL, NULL, NULL, NULL,
    late_cases, jump_cases, cases, both_cases
  FROM by_window
  WHERE both_cases >= $pattern_cases AND both_cases >= cases * $pattern_share
  UNION ALL
  SELECT CASE reason WHEN 'no_limit' THEN '事项' WHEN 'wrong_times' THEN '办结时间' ELSE '日历' END, item, year, reason, item, item_name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, cases, NULL
  FROM unknown
)
SELECT
  issue, subject,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IN ('no_limit', 'no_calendar', 'wrong_times') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason IN ('no_limit', 'no_calendar', 'wrong_times') THEN NULL
    WHEN reason = 'batch_day' THEN 'blue'
    WHEN issue = '超时' AND over_days >= $over_red THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE
    WHEN issue = '超时' THEN least(90, 30 + over_days * 5)
    WHEN reason = 'batch_day' THEN 10
    WHEN issue = '插队' THEN least(90, 40 + jumped)
    WHEN issue = '窗口' THEN least(100, 50 + both_cases)
  END AS INTEGER) AS score,
  reason,
  reason = 'batch_day' AS explainable,
  item, item_name, window_no, accepted_on, done_on, CAST(used_days AS BIGINT) AS used_days, limit_days,
  CAST(over_days AS BIGINT) AS over_days, CAST(jumped AS BIGINT) AS jumped, CAST(late_cases AS BIGINT) AS late_cases,
  CAST(jump_cases AS BIGINT) AS jump_cases, CAST(cases AS BIGINT) AS cases,
  CAST(ratio(both_cases, cases, 4) AS DECIMAL(8, 4)) AS share
FROM found
