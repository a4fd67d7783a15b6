-- A tender announced for a later day is a plan, not a tender.
WITH planned AS (
  SELECT p.project_no, p.project_name, p.unit, p.unit_name, p.category, p.invest, p.approved_date, p.tender_date,
    p.stall_reason, nullif(p.parent_no, p.project_no) AS parent_no, t.limit_amount,
    coalesce(p.tender_date <= $today, FALSE) AS tendered,
    date_diff('day', p.approved_date, CASE WHEN p.tender_date <= $today THEN p.tender_date ELSE $today END) AS days,
    coalesce(p.stall_reason LIKE '%用地%' OR p.stall_reason LIKE '%土地%' OR p.stall_reason LIKE '%征地%'
      OR p.stall_reason LIKE '%资金%' OR p.stall_reason LIKE '%经费%' OR p.stall_reason LIKE '%设计%', FALSE) AS named
  FROM project AS p
  LEFT JOIN tender_limit AS t
    ON t.category = p.category AND t.year = CAST(extract(year FROM p.approved_date) AS BIGINT)
),
-- One tendered part answers for the whole: the rest may be land, design, reserve, and a large part is asked about
-- by itself. Where none is tendered, parts so large that each is asked about answer for their share.
divided AS (
  SELECT parent_no, count(*) AS parts, bool_or(tendered) AS in_parts,
    sum(CASE WHEN invest >= limit_amount THEN invest ELSE 0 END) AS answered
  FROM planned
  WHERE parent_no IS NOT NULL
  GROUP BY parent_no
),
-- What was tendered as a whole need not be tendered again in parts.
judged AS (
  SELECT p.*, d.parts, coalesce(d.in_parts, FALSE) AS in_parts, coalesce(d.answered, 0) AS answered
  FROM planned AS p
  LEFT JOIN planned AS w ON w.project_no = p.parent_no
  LEFT JOIN planned AS g ON g.project_no = w.parent_no
  LEFT JOIN divided AS d ON d.parent_no = p.project_no
  WHERE NOT coalesce(w.tendered, FALSE) AND NOT coalesce(g.tendered, FALSE)
),
late AS (
  SELECT *, CASE
      WHEN tendered AND named AND days <= $stall_days THEN 'late_explained' WHEN tendered THEN 'tendered_late'
      WHEN named AND days <= $stall_days THEN 'stalled' WHEN parts IS NOT NULL THEN 'rest_not_tendered'
      WHEN stall_reason IS NULL THEN 'not_tendered' ELSE 'stalled_other'
    END AS reason
  FROM judged
  WHERE (tendered OR NOT in_parts) AND invest - answered >= limit_amount AND invest >= $min_amount AND days > $d0
),
-- Parts of one project, each under the limit and not tendered: those approved within the days before each of them are summed.
small AS (
  SELECT * FROM judged WHERE parent_no IS NOT NULL AND invest < limit_amount AND NOT tendered
),
together AS (
  SELECT e.parent_no, e.category, e.project_no, max(b.unit) AS unit, max(b.unit_name) AS unit_name, count(*) AS parts,
    sum(b.invest) AS invest, max(b.limit_amount) AS limit_amount, min(b.approved_date) AS approved_date
  FROM small AS e
  JOIN small AS b ON b.parent_no = e.parent_no AND b.category = e.category
    AND date_diff('day', b.approved_date, e.approved_date) BETWEEN 0 AND $split_days
  GROUP BY e.parent_no, e.category, e.project_no
  HAVING count(*) >= 2 AND sum(b.invest) >= max(b.limit_amount) AND sum(b.invest) >= $min_amount
),
split AS (
  SELECT *
  FROM together
  QUALIFY row_number() OVER (PARTITION BY parent_no, category ORDER BY invest DESC, project_no) = 1
),
found AS (
  SELECT project_no, '未招标' AS issue, reason, project_name, unit, unit_name, category, invest, limit_amount,
    approved_date,
    CASE WHEN tendered THEN tender_date END AS tender_date, days, parts, answered, stall_reason
  FROM late
  UNION ALL
  SELECT parent_no, concat('拆分：', category), 'split', NULL, unit, unit_name, category, invest, limit_amount,
    approved_date,
    NULL, NULL, parts, NULL, NULL
  FROM split
  UNION ALL
  SELECT project_no, '未招标', 'no_limit', project_name, unit, unit_name, category, invest, NULL, approved_date, NULL,
    NULL,
    NULL, NULL, stall_reason
  FROM judged
  WHERE limit_amount IS NULL AND invest >= $min_amount AND NOT in_parts AND (NOT tendered OR days > $d0)
)
SELECT
  project_no, issue,
  CAST(CAST(extract(year FROM approved_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN reason = 'no_limit' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_limit' THEN NULL
    WHEN reason IN ('stalled', 'late_explained') THEN 'blue'
    WHEN reason IN ('not_tendered', 'rest_not_tendered', 'stalled_other') AND days > $red_days THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE
    WHEN reason IN ('not_tendered', 'rest_not_tendered', 'stalled_other') THEN least(90, 40 + floor(ratio(days, 30, 2)))
    WHEN reason = 'tendered_late' THEN least(60, 30 + floor(ratio(days, 30, 2)))
    WHEN reason = 'split' THEN least(90, 60 + parts)
    WHEN reason IN ('stalled', 'late_explained') THEN 20
  END AS INTEGER) AS score,
  reason,
  reason IN ('stalled', 'late_explained') AS explainable,
  project_name, unit, unit_name, category, CAST(invest AS DECIMAL(18, 2)) AS invest, limit_amount, approved_date,
  tender_date, CAST(days AS BIGINT) AS days, CAST(parts AS BIGINT) AS parts,
  CAST(CASE WHEN parts IS NOT NULL THEN answered END AS DECIMAL(18, 2)) AS answered, stall_reason
FROM found
