-- What was tendered, or bought under a framework, cannot be a split to avoid tendering. Only the whole name of such a way
-- of buying says so: 公开招标限额以下自行采购 names tendering, and is none.
-- A negative amount right after a purchase of that amount, within a month, takes back that one; any other is left aside.
WITH bought AS (
  SELECT *, CAST(extract(year FROM purchase_date) AS BIGINT) AS year,
    lead(amount) OVER (PARTITION BY unit, category, supplier, greatest(amount, -amount), extract(year FROM purchase_date)
      ORDER BY purchase_date, amount DESC, purchase_no) AS next_amount,
    lead(purchase_date) OVER (PARTITION BY unit, category, supplier, greatest(amount, -amount),
      extract(year FROM purchase_date) ORDER BY purchase_date, amount DESC, purchase_no) AS next_date
  FROM purchase
),
small AS (
  SELECT p.*, t.limit_amount
  FROM bought AS p
  LEFT JOIN purchase_threshold AS t
    ON t.category = p.category AND t.year = p.year
  WHERE p.amount > 0
    AND NOT (coalesce(p.next_amount, 0) < 0 AND date_diff('day', p.purchase_date, p.next_date) <= 31)
    AND p.method NOT IN ('公开招标', '公开招标采购', '邀请招标', '邀请招标采购', '集中采购', '政府集中采购', '框架协议',
      '框架协议采购')
),
-- Every purchase under the limit, with those of the days before it.
stretch AS (
  SELECT e.unit, e.category, e.supplier, e.year, e.purchase_no AS last_no, e.purchase_date AS to_date,
    max(e.limit_amount) AS limit_amount, max(b.unit_name) AS unit_name, max(b.supplier_name) AS supplier_name,
    count(*) AS purchases, sum(b.amount) AS total, max(b.amount) AS largest, min(b.purchase_date) AS from_date,
    count(DISTINCT b.project_no) AS projects, bool_and(coalesce(b.consumable, FALSE)) AS consumable,
    count(DISTINCT strftime(b.purchase_date, '%Y-%m')) AS months
  FROM small AS e
  JOIN small AS b ON b.unit = e.unit AND b.category = e.category AND b.supplier = e.supplier
    AND date_diff('day', b.purchase_date, e.purchase_date) BETWEEN 0 AND $w0 - 1
  WHERE e.amount < e.limit_amount AND b.amount < e.limit_amount
  GROUP BY e.unit, e.category, e.supplier, e.year, e.purchase_no, e.purchase_date
),
told AS (
  SELECT *, CASE
      WHEN projects = purchases THEN 'split_projects'
      WHEN consumable AND months = purchases THEN 'consumables'
      ELSE 'split_sum'
    END AS reason
  FROM stretch
  WHERE purchases >= 2 AND total >= limit_amount AND total >= $min_amount
),
-- One question a year: what explains itself does not hide what does not.
best AS (
  SELECT *
  FROM told
  QUALIFY row_number() OVER (PARTITION BY unit, category, supplier, year
    ORDER BY CASE WHEN reason = 'split_sum' THEN 0 ELSE 1 END, total DESC, to_date, last_no) = 1
),
near_limit AS (
  SELECT unit, category, year, CASE WHEN min(supplier) = max(supplier) THEN min(supplier) ELSE '多家' END AS supplier,
    CASE WHEN min(supplier) = max(supplier) THEN max(supplier_name) ELSE '多家供应商' END AS supplier_name,
    CASE WHEN min(supplier) = max(supplier) THEN 'near_limit_one' ELSE 'near_limit' END AS reason,
    max(limit_amount) AS limit_amount, max(unit_name) AS unit_name, count(*) AS purchases,
    sum(amount) AS total, max(amount) AS largest, min(purchase_date) AS from_date, max(purchase_date) AS to_date
  FROM small
  WHERE amount >= limit_amount * $near AND amount < limit_amount AND project_no IS NULL
    AND NOT coalesce(consumable, FALSE)
  GROUP BY unit, category, year
  HAVING count(*) >= $cluster AND sum(amount) >= $min_amount
),
without_limit AS (
  SELECT unit, category, supplier, year, max(unit_name) AS unit_name, max(supplier_name) AS supplier_name,
    count(*) AS purchases, sum(amount) AS total, max(amount) AS largest, min(purchase_date) AS from_date,
    max(purchase_date) AS to_date
  FROM small
  WHERE limit_amount IS NULL
  GROUP BY unit, category, supplier, year
  HAVING count(*) >= 2 AND sum(amount) >= $min_amount
),
-- Of one supplier's split and the same supplier's hugging of the limit the split speaks.
judged AS (
  SELECT b.unit, b.category, b.supplier, b.year, b.unit_name, b.supplier_name, b.purchases, b.total, b.largest,
    b.limit_amount, b.from_date, b.to_date, b.reason
  FROM best AS b
  WHERE b.reason = 'split_sum' OR NOT EXISTS (SELECT 1 FROM near_limit AS n
    WHERE n.unit = b.unit AND n.category = b.category AND n.supplier = b.supplier AND n.year = b.year)
  UNION ALL
  SELECT n.unit, n.category, n.supplier, n.year, n.unit_name, n.supplier_name, n.purchases, n.total, n.largest,
    n.limit_amount, n.from_date, n.to_date, n.reason
  FROM near_limit AS n
  WHERE NOT EXISTS (SELECT 1 FROM best AS b
    WHERE b.unit = n.unit AND b.category = n.category AND b.supplier = n.supplier AND b.year = n.year
      AND b.reason = 'split_sum')
  UNION ALL
  SELECT unit, category, supplier, year, unit_name, supplier_name, purchases, total, largest,
    CAST(NULL AS DECIMAL(14, 2)), from_date, to_date, 'no_limit'
  FROM without_limit
)
SELECT
  unit, category, supplier,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'no_limit' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_limit' THEN NULL
    WHEN reason IN ('split_projects', 'consumables') THEN 'blue'
    WHEN reason = 'split_sum' AND total >= limit_amount * $red THEN 'red'
    WHEN reason IN ('near_limit', 'near_limit_one') AND total >= limit_amount * $red_near THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE
    WHEN reason = 'split_sum' THEN least(100, 40 + floor(ratio(total, limit_amount, 2) * 15))
    WHEN reason IN ('near_limit', 'near_limit_one') THEN least(80, 30 + purchases * 5)
    WHEN reason IN ('split_projects', 'consumables') THEN 10
  END AS INTEGER) AS score,
  reason,
  reason IN ('split_projects', 'consumables') AS explainable,
  unit_name, supplier_name, CAST(purchases AS BIGINT) AS purchases, total, largest, limit_amount,
  ratio(total, limit_amount, 2) AS times, from_date, to_date
FROM judged
