WITH paid AS (
  SELECT *, CAST(extract(year FROM pay_date) AS BIGINT) AS year,
    coalesce(strftime(for_month, '%Y-%m'), strftime(pay_date, '%Y-%m')) AS belongs
  FROM pay_item
),
known AS (
  SELECT item FROM pay_catalogue WHERE allowed
  UNION
  SELECT renamed_from FROM pay_catalogue WHERE allowed AND renamed_from IS NOT NULL
),
outside AS (
  SELECT p.unit, p.item, p.year, max(p.unit_name) AS unit_name, count(*) AS payments,
    count(DISTINCT p.person_id) AS persons, sum(p.amount) AS amount, min(p.pay_date) AS from_date,
    max(p.pay_date) AS to_date
  FROM paid AS p
  LEFT JOIN known AS k ON k.item = p.item
  WHERE k.item IS NULL AND p.basis_doc IS NULL
  GROUP BY p.unit, p.item, p.year
  HAVING sum(p.amount) >= $min_amount
),
totals AS (
  SELECT p.unit, p.year, max(p.unit_name) AS unit_name, count(*) AS payments, count(DISTINCT p.person_id) AS persons,
    sum(p.amount) AS amount, max(l.limit_amount) AS limit_amount, min(p.pay_date) AS from_date,
    max(p.pay_date) AS to_date
  FROM paid AS p
  LEFT JOIN pay_limit AS l ON l.unit = p.unit AND l.year = p.year
  GROUP BY p.unit, p.year
),
-- What is paid for another month is back pay, not a second payment.
repeats AS (
  SELECT person_id, unit, item, year, belongs, max(unit_name) AS unit_name, count(*) - 1 AS payments,
    sum(amount) - max(amount) AS amount, min(pay_date) AS from_date, max(pay_date) AS to_date
  FROM paid
  GROUP BY person_id, unit, item, year, belongs
  HAVING count(*) > 1
),
twice AS (
  SELECT unit, item, year, max(unit_name) AS unit_name, sum(payments) AS payments,
    count(DISTINCT person_id) AS persons, sum(amount) AS amount, min(from_date) AS from_date, max(to_date) AS to_date
  FROM repeats
  GROUP BY unit, item, year
  HAVING sum(amount) >= $min_amount
),
found AS (
  SELECT unit, '项目' AS issue, item, year, CASE
      WHEN item LIKE '%节%' OR item LIKE '%加班%' OR item LIKE '%慰问%' OR item LIKE '%误餐%' THEN 'named_without_basis'
      ELSE 'not_in_catalogue'
    END AS reason, unit_name, payments, persons, amount, CAST(NULL AS DECIMAL(14, 2)) AS limit_amount, from_date, to_date
  FROM outside
  UNION ALL
  SELECT unit, '总额', '全部', year, CASE WHEN limit_amount IS NULL THEN 'no_limit' ELSE 'over_limit' END, unit_name,
    payments, persons, amount, limit_amount, from_date, to_date
  FROM totals
  WHERE limit_amount IS NULL OR (amount > limit_amount * (1 + $over) AND amount - limit_amount >= $min_amount)
  UNION ALL
  SELECT unit, '重复', item, year, 'paid_twice', unit_name, payments, persons, amount, NULL, from_date, to_date
  FROM twice
)
SELECT
  unit, issue, item,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'no_limit' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_limit' THEN NULL
    WHEN reason IN ('named_without_basis', 'over_limit') THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'named_without_basis' THEN least(90, 60 + persons) WHEN 'over_limit' THEN 80
    WHEN 'not_in_catalogue' THEN least(70, 40 + persons) WHEN 'paid_twice' THEN least(60, 30 + persons)
  END AS INTEGER) AS score,
  reason,
  FALSE AS explainable,
  unit_name, CAST(payments AS BIGINT) AS payments, CAST(persons AS BIGINT) AS persons,
  CAST(amount AS DECIMAL(18, 2)) AS amount, limit_amount,
  CAST(ratio(amount - limit_amount, limit_amount, 4) AS DECIMAL(12, 4)) AS over_share, from_date, to_date,
  CASE WHEN issue = '总额' THEN unit END AS whole_unit
FROM found
