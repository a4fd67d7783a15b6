WITH change_sum AS (
  SELECT contract_no, sum(amount) AS changed, count(*) AS pieces, count(approval_no) AS approved,
    max(change_date) AS last_day
  FROM works_change
  GROUP BY contract_no
),
pay_sum AS (
  SELECT contract_no, sum(amount) AS paid, max(pay_date) AS last_day FROM works_pay GROUP BY contract_no
),
progress AS (
  SELECT contract_no, max(percent) AS percent FROM works_progress GROUP BY contract_no
),
money AS (
  SELECT c.contract_no, c.amount, coalesce(h.changed, 0) AS changed, coalesce(h.pieces, 0) AS pieces, h.approved,
    h.last_day AS change_day, p.paid, p.last_day AS pay_day, g.percent,
    ratio(coalesce(h.changed, 0), c.amount, 4) AS change_share,
    ratio(p.paid, c.amount + coalesce(h.changed, 0), 4) AS paid_share
  FROM works_contract AS c
  LEFT JOIN change_sum AS h ON h.contract_no = c.contract_no
  LEFT JOIN pay_sum AS p ON p.contract_no = c.contract_no
  LEFT JOIN progress AS g ON g.contract_no = c.contract_no
),
after_end AS (
  SELECT h.contract_no, count(*) AS pieces, sum(h.amount) AS changed, max(h.change_date) AS last_day
  FROM works_change AS h
  JOIN works_contract AS c ON c.contract_no = h.contract_no AND h.change_date > c.completed_on
  GROUP BY h.contract_no
  HAVING sum(abs(h.amount)) >= $min_amount
),
stretch AS (
  SELECT e.contract_no, e.change_no, e.change_date AS last_day, count(*) AS pieces, sum(b.amount) AS changed,
    count(b.approval_no) AS approved
  FROM works_change AS e
  JOIN works_change AS b ON b.contract_no = e.contract_no
    AND date_diff('day', b.change_date, e.change_date) BETWEEN 0 AND $change_days
  GROUP BY e.contract_no, e.change_no, e.change_date
  HAVING count(*) >= $changes AND sum(abs(b.amount)) >= $min_amount
),
bursts AS (
  SELECT *
  FROM stretch
  QUALIFY row_number() OVER (PARTITION BY contract_no ORDER BY pieces DESC, last_day, change_no) = 1
),
found AS (
  SELECT contract_no, '变更比例' AS issue, CASE WHEN approved = pieces THEN 'change_approved' ELSE 'change_high' END AS reason,
    changed, change_share, pieces, CAST(NULL AS DECIMAL(18, 2)) AS paid, CAST(NULL AS DECIMAL(18, 4)) AS paid_share,
    CAST(NULL AS DECIMAL(5, 2)) AS percent, change_day AS last_day
  FROM money
  WHERE changed > amount * $c0 AND changed >= $min_amount
  UNION ALL
  SELECT contract_no, '超付', CASE WHEN percent IS NULL THEN 'no_progress' ELSE 'overpaid' END, changed, NULL, pieces, paid,
    paid_share, percent, pay_day
  FROM money
  WHERE paid >= $min_amount AND (percent IS NULL OR (paid * 100 > (amount + changed) * (percent + $p0)
    AND paid * 100 - (amount + changed) * percent >= $min_amount * 100))
  UNION ALL
  SELECT contract_no, '竣工后变更', 'after_completion', changed, NULL, pieces, NULL, NULL, NULL, last_day
  FROM after_end
  UNION ALL
  SELECT contract_no, '频繁变更', 'many_changes', changed, NULL, pieces, NULL, NULL, NULL, last_day
  FROM bursts
  WHERE approved < pieces
)
SELECT
  n.contract_no, n.issue,
  CAST(CAST(extract(year FROM n.last_day) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN n.reason = 'no_progress' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason = 'no_progress' THEN NULL
    WHEN n.reason = 'change_approved' THEN 'blue'
    WHEN n.reason IN ('after_completion', 'overpaid') THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'after_completion' THEN 80 WHEN 'overpaid' THEN 75
    WHEN 'change_high' THEN least(90, 40 + floor(n.change_share * 100)) WHEN 'many_changes' THEN least(70, 40 + n.pieces * 3)
    WHEN 'change_approved' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason = 'change_approved' AS explainable,
  c.contract_name, c.unit, c.unit_name, c.amount AS contract_amount, CAST(n.changed AS DECIMAL(18, 2)) AS changed,
  CAST(n.change_share AS DECIMAL(12, 4)) AS change_share, CAST(n.pieces AS BIGINT) AS pieces,
  CAST(n.paid AS DECIMAL(18, 2)) AS paid, CAST(n.paid_share AS DECIMAL(12, 4)) AS paid_share, n.percent, n.last_day
FROM found AS n
JOIN works_contract AS c ON c.contract_no = n.contract_no
