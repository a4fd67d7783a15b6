-- `k` numbers the days: where it grows slower than the dates, days of the calendar are missing in between.
WITH workday AS (
  SELECT day, sum(CASE WHEN holiday THEN 0 ELSE 1 END) OVER (ORDER BY day) AS n, row_number() OVER (ORDER BY day) AS k
  FROM calendar
),
placed AS (
  SELECT case_no, item, window_no, officer, accepted, done, coalesce(paused_days, 0) AS paused, priority_reason,
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
  SELECT c.*, l.limit_days, s.n AS accepted_n, e.n AS ended_n, e.n - s.n - c.paused - l.limit_days AS over_days
  FROM placed AS c
  LEFT JOIN limited AS l ON l.case_no = c.case_no
  LEFT JOIN workday AS s ON s.day = c.accepted_on AND NOT c.wrong
  LEFT JOIN workday AS e ON e.day = coalesce(c.done_on, $today) AND e.k - s.k = date_diff('day', s.day, e.day)
),
-- One that is not done yet was jumped too, if it was within its time then; those that waited for their applicant were not; a reason or a day of many approvals is no jump.
jump AS (
  SELECT c.case_no
  FROM timed AS c
  JOIN timed AS o ON o.item = c.item AND o.window_no = c.window_no AND o.accepted < c.accepted AND NOT o.wrong
    AND coalesce(o.done > c.done, c.ended_n <= o.accepted_n + o.limit_days)
    AND date_diff('day', o.accepted_on, c.accepted_on) <= $jump_days
  WHERE c.done IS NOT NULL AND NOT c.wrong AND c.priority_reason IS NULL AND c.batch_no IS NULL AND o.paused = 0
    AND o.batch_no IS NULL
  GROUP BY c.case_no
  HAVING count(*) >= $jump
),
judged AS (
  SELECT c.officer, c.window_no, c.year, c.accepted, CASE WHEN c.over_days >= $over THEN 1 ELSE 0 END AS late,
    CASE WHEN c.over_days IS NULL THEN 1 ELSE 0 END AS unknown, CASE WHEN j.case_no IS NULL THEN 0 ELSE 1 END AS jumped
  FROM timed AS c
  LEFT JOIN jump AS j ON j.case_no = c.case_no
),
own AS (
  SELECT officer, window_no, year, count(*) AS cases, sum(late) AS late, sum(jumped) AS jumped,
    min(accepted) AS from_time, max(accepted) AS to_time
  FROM judged
  WHERE officer IS NOT NULL
  GROUP BY officer, window_no, year
),
whole AS (
  SELECT window_no, year, count(*) AS cases, sum(late) AS late, sum(jumped) AS jumped
  FROM judged
  GROUP BY window_no, year
),
-- Beside each officer, what all others did at the same windows in the same year.
by_officer AS (
  SELECT o.officer, o.year, sum(o.cases) AS cases, sum(o.late) AS late, sum(o.jumped) AS jumped,
    sum(w.cases - o.cases) AS other_cases, sum(w.late - o.late) AS other_late, sum(w.jumped - o.jumped) AS other_jumped,
    min(o.from_time) AS from_time, max(o.to_time) AS to_time
  FROM own AS o
  JOIN whole AS w ON w.window_no = o.window_no AND w.year = o.year
  GROUP BY o.officer, o.year
),
found AS (
  SELECT officer, '超时' AS issue, year,
    CASE WHEN other_cases > 0 AND late * other_cases < other_late * cases * $times THEN 'window_late'
      ELSE 'late_pattern' END AS reason,
    cases, late AS hits, other_cases, other_late AS other_hits, from_time, to_time
  FROM by_officer
  WHERE late >= $late_cases AND late >= cases * $late_share
  UNION ALL
  SELECT officer, '插队', year,
    CASE WHEN other_cases > 0 AND jumped * other_cases < other_jumped * cases * $times THEN 'window_jumps'
      ELSE 'jump_pattern' END,
    cases, jumped, other_cases, other_jumped, from_time, to_time
  FROM by_officer
  WHERE jumped >= $jump_cases
  UNION ALL
  SELECT '全部', '经办人', year, 'no_officer', count(*), NULL, NULL, NULL, NULL, NULL
  FROM judged
  WHERE officer IS NULL AND (late = 1 OR jumped = 1)
  GROUP BY year
  UNION ALL
  SELECT '全部', '时限', year, 'no_limit', count(*), NULL, NULL, NULL, NULL, NULL
  FROM judged
  WHERE unknown = 1
  GROUP BY year
)
SELECT
  officer, issue,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IN ('no_officer', 'no_limit') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason IN ('no_officer', 'no_limit') THEN NULL
    WHEN reason IN ('window_late', 'window_jumps') THEN 'blue'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'late_pattern' THEN least(90, 50 + hits) WHEN 'jump_pattern' THEN least(90, 50 + hits * 5)
    WHEN 'window_late' THEN 10 WHEN 'window_jumps' THEN 10
  END AS INTEGER) AS score,
  reason,
  reason IN ('window_late', 'window_jumps') AS explainable,
  CAST(cases AS BIGINT) AS cases, CAST(hits AS BIGINT) AS hits, CAST(ratio(hits, cases, 4) AS DECIMAL(8, 4)) AS share,
  CAST(other_cases AS BIGINT) AS other_cases, CAST(other_hits AS BIGINT) AS other_hits, from_time, to_time
FROM found
