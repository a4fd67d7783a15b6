-- Explained: approved, and for one of the causes that are known to be innocent.
WITH altered AS (
  SELECT change_no, contract_no, amount, change_date, approval_no IS NULL AS unapproved,
    coalesce(approval_no IS NOT NULL AND (reason LIKE '%地质%' OR reason LIKE '%政策%' OR reason LIKE '%设计%'), FALSE)
      AS explained
  FROM works_change
  WHERE change_date <= $today
),
change_sum AS (
  SELECT contract_no, sum(amount) AS changed, count(*) AS pieces, bool_and(explained) AS explained,
    max(change_date) AS last_day
  FROM altered
  GROUP BY contract_no
),
pay_sum AS (
  SELECT contract_no, sum(amount - coalesce(refunded, 0)) AS paid, max(pay_date) AS last_day
  FROM works_pay
  WHERE pay_date <= $today
  GROUP BY contract_no
),
-- The last word of the supervisor counts: a percentage may be corrected downwards, and a later day is a plan.
progress AS (
  SELECT contract_no, percent, progress_date
  FROM works_progress
  WHERE progress_date <= $today
  QUALIFY row_number() OVER (PARTITION BY contract_no ORDER BY progress_date DESC) = 1
),
money AS (
  SELECT c.contract_no, c.unit, c.amount, coalesce(h.changed, 0) AS changed, coalesce(h.pieces, 0) AS pieces, h.explained,
    h.last_day AS change_day, p.paid, p.last_day AS pay_day, g.percent, g.progress_date,
    c.amount + coalesce(h.changed, 0) AS due, p.paid * 100 - (c.amount + coalesce(h.changed, 0)) * g.percent AS over100
  FROM works_contract AS c
  LEFT JOIN change_sum AS h ON h.contract_no = c.contract_no
  LEFT JOIN pay_sum AS p ON p.contract_no = c.contract_no
  LEFT JOIN progress AS g ON g.contract_no = c.contract_no
),
-- What an audit cuts after completion is no fault.
after_end AS (
  SELECT h.contract_no, count(*) AS pieces, sum(h.amount) AS changed, bool_and(h.explained) AS explained,
    max(h.change_date) AS last_day
  FROM altered AS h
  JOIN works_contract AS c ON c.contract_no = h.contract_no AND h.change_date > c.completed_on
  WHERE h.amount > 0
  GROUP BY h.contract_no
  HAVING sum(h.amount) >= $min_amount
),
-- Stretches that are explained throughout hide no other; the one with most changes without approval is told.
stretch AS (
  SELECT e.contract_no, e.change_no, e.change_date AS last_day, count(*) AS pieces, sum(b.amount) AS changed,
    sum(CASE WHEN b.unapproved THEN 1 ELSE 0 END) AS unapproved
  FROM altered AS e
  JOIN altered AS b ON b.contract_no = e.contract_no
    AND date_diff('day', b.change_date, e.change_date) BETWEEN 0 AND $change_days
  GROUP BY e.contract_no, e.change_no, e.change_date
  HAVING count(*) >= $changes AND sum(abs(b.amount)) >= $min_amount AND NOT bool_and(b.explained)
),
bursts AS (
  SELECT *
  FROM stretch
  QUALIFY row_number() OVER (PARTITION BY contract_no ORDER BY unapproved DESC, pieces DESC, last_day, change_no) = 1
),
orphan AS (
  SELECT o.contract_no, sum(o.changed) AS changed, sum(o.pieces) AS pieces, sum(o.paid) AS paid,
    max(o.last_day) AS last_day
  FROM (
    SELECT contract_no, changed, pieces, 0 AS paid, last_day FROM change_sum
    UNION ALL
    SELECT contract_no, 0, 0, paid, last_day FROM pay_sum
  ) AS o
  LEFT JOIN works_contract AS c ON c.contract_no = o.contract_no
  WHERE c.contract_no IS NULL
  GROUP BY o.contract_no
),
-- Where progress is unknown, one row stands for all contracts of a unit and year.
unseen AS (
  SELECT unit, CAST(extract(year FROM pay_day) AS BIGINT) AS year, count(*) AS contracts, sum(paid) AS paid,
    max(pay_day) AS last_day
  FROM money
  WHERE paid >= $min_amount AND amount <> 0 AND percent IS NULL
  GROUP BY unit, CAST(extract(year FROM pay_day) AS BIGINT)
),
named AS (
  SELECT unit, concat('全部：', unit) AS contract_no, max(unit_name) AS unit_name FROM works_contract GROUP BY unit
),
found AS (
  SELECT contract_no, '变更比例' AS issue, CASE
      WHEN amount = 0 THEN 'no_amount' WHEN explained THEN 'change_approved' ELSE 'change_high'
    END AS reason, changed, pieces, CAST(NULL AS DECIMAL(18, 2)) AS paid, CAST(NULL AS DECIMAL(18, 2)) AS due,
    CAST(NULL AS DECIMAL(5, 2)) AS percent, CAST(NULL AS DATE) AS progress_date, change_day AS last_day,
      changed AS worth
  FROM money
  WHERE changed > amount * $c0 AND changed >= $min_amount
  UNION ALL
  SELECT contract_no, '超付', CASE
      WHEN amount = 0 THEN 'no_amount' WHEN due <= 0 THEN 'nothing_due'
      ELSE 'overpaid'
    END, changed, pieces, paid, due, percent, progress_date, pay_day, ratio(over100, 100, 2)
  FROM money
  WHERE paid >= $min_amount AND (amount = 0
    OR (paid * 100 > due * (percent + $p0) AND over100 >= $min_amount * 100))
  UNION ALL
  SELECT concat('全部：', unit), '超付', 'no_progress', NULL, contracts, paid, NULL, NULL, NULL, last_day, NULL
  FROM unseen
  UNION ALL
  SELECT contract_no, '竣工后变更', CASE WHEN explained THEN 'after_completion_approved' ELSE 'after_completion' END,
    changed,
    pieces, NULL, NULL, NULL, NULL, last_day, changed
  FROM after_end
  UNION ALL
  SELECT contract_no, '频繁变更', 'many_changes', changed, pieces, NULL, NULL, NULL, NULL, last_day, NULL
  FROM bursts
  UNION ALL
  SELECT contract_no, '合同', 'no_contract', changed, pieces, paid, NULL, NULL, NULL, last_day, NULL
  FROM orphan
)
SELECT
  n.contract_no, n.issue,
  CAST(CAST(extract(year FROM n.last_day) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('no_progress', 'no_amount', 'no_contract') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason IN ('no_progress', 'no_amount', 'no_contract') THEN NULL
    WHEN n.reason IN ('change_approved', 'after_completion_approved') THEN 'blue'
    WHEN n.reason IN ('after_completion', 'overpaid', 'nothing_due') AND n.worth >= $red_amount THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE
    WHEN n.reason = 'after_completion' THEN 80 WHEN n.reason IN ('overpaid', 'nothing_due') THEN 75
    WHEN n.reason = 'change_high' THEN least(90, 40 + floor(ratio(n.changed, c.amount, 4) * 100))
    WHEN n.reason = 'many_changes' THEN least(70, 40 + n.pieces * 3)
    WHEN n.reason IN ('change_approved', 'after_completion_approved') THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('change_approved', 'after_completion_approved') AS explainable,
  c.contract_name, coalesce(c.unit, u.unit) AS unit, coalesce(c.unit_name, u.unit_name) AS unit_name,
  c.amount AS contract_amount, CAST(n.changed AS DECIMAL(18, 2)) AS changed,
  CAST(CASE WHEN n.issue = '变更比例' THEN ratio(n.changed, c.amount, 4) END AS DECIMAL(12, 4)) AS change_share,
  CAST(CASE WHEN n.reason <> 'no_progress' THEN n.pieces END AS BIGINT) AS pieces,
  CAST(CASE WHEN n.reason = 'no_progress' THEN n.pieces END AS BIGINT) AS contracts,
  CAST(n.paid AS DECIMAL(18, 2)) AS paid, CAST(n.due AS DECIMAL(18, 2)) AS due,
  CAST(CASE WHEN n.issue = '超付' THEN ratio(n.paid, n.due, 4) END AS DECIMAL(12, 4)) AS paid_share, n.percent,
  n.progress_date, n.last_day
FROM found AS n
LEFT JOIN works_contract AS c ON c.contract_no = n.contract_no
LEFT JOIN named AS u ON u.contract_no = n.contract_no
