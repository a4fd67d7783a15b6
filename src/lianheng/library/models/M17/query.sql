WITH planned AS (
  SELECT p.*, t.limit_amount, CAST(extract(year FROM p.approved_date) AS BIGINT) AS year
  FROM project AS p
  LEFT JOIN tender_limit AS t
    ON t.category = p.category AND t.year = CAST(extract(year FROM p.approved_date) AS BIGINT)
),
late AS (
  SELECT *, date_diff('day', approved_date, $today) AS days
  FROM planned
  WHERE tender_date IS NULL AND invest >= limit_amount AND invest >= $min_amount
    AND date_diff('day', approved_date, $today) > $d0
),
-- Parts of one project, each under the limit, approved close together; a real division tenders every part.
split_by_category AS (
  SELECT parent_no, category, max(unit) AS unit, max(unit_name) AS unit_name, count(*) AS parts, sum(invest) AS invest,
    max(limit_amount) AS limit_amount, min(approved_date) AS approved_date
  FROM planned
  WHERE parent_no IS NOT NULL
  GROUP BY parent_no, category
  HAVING count(*) >= 2 AND max(invest) < max(limit_amount) AND sum(invest) >= max(limit_amount)
    AND count(tender_date) < count(*) AND sum(invest) >= $min_amount
    AND date_diff('day', min(approved_date), max(approved_date)) <= $split_days
),
split AS (
  SELECT *
  FROM split_by_category
  QUALIFY row_number() OVER (PARTITION BY parent_no ORDER BY invest DESC, category) = 1
),
found AS (
  SELECT project_no, '未招标' AS issue, CASE WHEN stall_reason IS NULL THEN 'not_tendered' ELSE 'stalled' END AS reason,
    project_name, unit, unit_name, category, invest, limit_amount, approved_date, days, CAST(NULL AS BIGINT) AS parts,
    stall_reason
  FROM late
  UNION ALL
  SELECT parent_no, '拆分', 'split', NULL, unit, unit_name, category, invest, limit_amount, approved_date, NULL, parts,
    NULL
  FROM split
  UNION ALL
  SELECT project_no, '未招标', 'no_limit', project_name, unit, unit_name, category, invest, NULL, approved_date, NULL, NULL,
    stall_reason
  FROM planned
  WHERE limit_amount IS NULL AND tender_date IS NULL AND invest >= $min_amount
)
SELECT
  project_no, issue,
  CAST(CAST(extract(year FROM approved_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN reason = 'no_limit' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_limit' THEN NULL
    WHEN reason = 'stalled' THEN 'blue'
    WHEN reason = 'not_tendered' AND days > $red_days THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'not_tendered' THEN least(90, 40 + floor(ratio(days, 30, 2))) WHEN 'split' THEN least(90, 60 + parts)
    WHEN 'stalled' THEN 20
  END AS INTEGER) AS score,
  reason,
  reason = 'stalled' AS explainable,
  project_name, unit, unit_name, category, CAST(invest AS DECIMAL(18, 2)) AS invest, limit_amount, approved_date,
  CAST(days AS BIGINT) AS days, CAST(parts AS BIGINT) AS parts, stall_reason
FROM found
