WITH paid AS (
  SELECT *, CAST(extract(year FROM pay_date) AS BIGINT) AS year,
    CAST(extract(year FROM coalesce(for_month, pay_date)) AS BIGINT) AS for_year,
    coalesce(strftime(for_month, '%Y-%m'), strftime(pay_date, '%Y-%m')) AS belongs,
    coalesce(basis_doc IS NOT NULL AND strftime(pay_date, '%Y-%m') > strftime(for_month, '%Y-%m'), FALSE) AS late
  FROM pay_item
),
known AS (
  SELECT item FROM pay_catalogue WHERE allowed
  UNION
  SELECT renamed_from FROM pay_catalogue WHERE allowed AND renamed_from IS NOT NULL
),
forbidden AS (
  SELECT DISTINCT item FROM pay_catalogue WHERE NOT allowed
),
-- A document excuses what the catalogue does not know, for the time being; not what it forbids.
unknown AS (
  SELECT p.*, f.item IS NOT NULL AS forbidden, f.item IS NULL AND p.basis_doc IS NOT NULL AS excused
  FROM paid AS p
  LEFT JOIN known AS k ON k.item = p.item
  LEFT JOIN forbidden AS f ON f.item = p.item
  WHERE k.item IS NULL
),
outside AS (
  SELECT unit, item, year, excused, bool_or(forbidden) AS forbidden, max(unit_name) AS unit_name,
    sum(CASE WHEN amount > 0 THEN 1 ELSE 0 END) AS payments, count(DISTINCT person_id) AS persons,
    sum(amount) AS amount, min(pay_date) AS from_date, max(pay_date) AS to_date
  FROM unknown
  GROUP BY unit, item, year, excused
  HAVING sum(amount) >= $min_amount
),
asked AS (
  SELECT *, row_number() OVER (PARTITION BY unit, item, year ORDER BY excused) AS place FROM outside
),
-- Back pay belongs to the total of the year that it is paid for. A year of which only back pay is loaded is no year
-- whose total could be asked for.
totals AS (
  SELECT p.unit, p.for_year AS year, max(p.unit_name) AS unit_name,
    sum(CASE WHEN p.amount > 0 THEN 1 ELSE 0 END) AS payments, count(DISTINCT p.person_id) AS persons,
    sum(p.amount) AS amount, max(l.limit_amount) AS limit_amount, min(p.pay_date) AS from_date,
    max(p.pay_date) AS to_date, bool_or(p.year = p.for_year) AS begun
  FROM paid AS p
  LEFT JOIN pay_limit AS l ON l.unit = p.unit AND l.year = p.for_year
  GROUP BY p.unit, p.for_year
),
-- What is paid for another month is back pay, not a second payment; one of which the whole came back was not kept.
kept AS (
  SELECT person_id, unit, item, for_year, belongs, max(unit_name) AS unit_name,
    greatest(sum(CASE WHEN amount > 0 THEN 1 WHEN amount < 0 THEN -1 ELSE 0 END), 0) AS payments,
    sum(CASE WHEN amount > 0 AND NOT late THEN 1 ELSE 0 END) AS prompt, max(CASE WHEN late THEN amount END) AS added,
    sum(amount) AS amount, max(amount) AS most, min(pay_date) AS from_date, max(pay_date) AS to_date
  FROM paid
  GROUP BY person_id, unit, item, for_year, belongs, abs(amount)
),
repeats AS (
  SELECT person_id, unit, item, for_year AS year, belongs, max(unit_name) AS unit_name, sum(payments) - 1 AS payments,
    sum(amount) - max(most) AS amount, min(from_date) AS from_date, max(to_date) AS to_date,
    -- A rise is paid later, by a document, on top of the one larger payment of the month.
    sum(prompt) <= 1 AND coalesce(max(added) < max(most), FALSE) AS raised
  FROM kept
  GROUP BY person_id, unit, item, for_year, belongs
  HAVING sum(payments) > 1 AND sum(amount) > max(most)
),
doubled AS (
  SELECT unit, item, year, raised, max(unit_name) AS unit_name, sum(payments) AS payments,
    count(DISTINCT person_id) AS persons, sum(amount) AS amount, min(from_date) AS from_date, max(to_date) AS to_date
  FROM repeats
  GROUP BY unit, item, year, raised
),
twice AS (
  SELECT *, row_number() OVER (PARTITION BY unit, item, year ORDER BY raised) AS place
  FROM doubled
  WHERE amount >= $min_amount
),
found AS (
  SELECT unit, '项目' AS issue, item, year, CASE
      WHEN forbidden THEN 'forbidden_item'
      WHEN excused THEN 'basis_to_check'
      WHEN item LIKE '%加班%' OR item LIKE '%慰问%' OR item LIKE '%误餐%' THEN 'named_without_basis'
      -- Who keeps watch on a holiday is on duty; that is no gift for the feast.
      WHEN item LIKE '%值守%' OR item LIKE '%值班%' OR item LIKE '%执勤%' OR item LIKE '%安保%' OR item LIKE '%防火%'
        OR item LIKE '%防汛%' OR item LIKE '%巡查%' OR item LIKE '%备勤%'
        THEN 'not_in_catalogue'
      WHEN item LIKE '%节日%' OR item LIKE '%过节%' OR item LIKE '%春节%' OR item LIKE '%中秋%' OR item LIKE '%端午%'
        OR item LIKE '%国庆%' OR item LIKE '%元旦%' OR item LIKE '%清明%' OR item LIKE '%重阳%' OR item LIKE '%双节%'
        OR item LIKE '%妇女节%' OR item LIKE '%劳动节%' OR item LIKE '%教师节%' OR item LIKE '%护士节%'
        THEN 'named_without_basis'
      ELSE 'not_in_catalogue'
    END AS reason, unit_name, payments, persons, amount, CAST(NULL AS DECIMAL(14, 2)) AS limit_amount, from_date,
    to_date
  FROM asked
  WHERE place = 1
  UNION ALL
  SELECT unit, '总额', '全部', year, CASE WHEN limit_amount IS NULL THEN 'no_limit' ELSE 'over_limit' END, unit_name,
    payments, persons, amount, limit_amount, from_date, to_date
  FROM totals
  WHERE (limit_amount IS NULL AND begun)
    OR (amount > limit_amount * (1 + $over) AND amount - limit_amount >= $min_amount)
  UNION ALL
  SELECT unit, '重复', item, year, CASE WHEN raised THEN 'raised_later' ELSE 'paid_twice' END, unit_name, payments, persons,
    amount, NULL, from_date, to_date
  FROM twice
  WHERE place = 1
)
SELECT
  unit, issue, item,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'no_limit' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_limit' THEN NULL
    WHEN reason IN ('basis_to_check', 'raised_later') THEN 'blue'
    WHEN reason IN ('named_without_basis', 'forbidden_item') AND amount >= $red_amount THEN 'red'
    WHEN reason = 'over_limit' AND amount - limit_amount >= $red_amount THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'named_without_basis' THEN least(90, 60 + persons) WHEN 'over_limit' THEN 80 WHEN 'basis_to_check' THEN 10
    WHEN 'raised_later' THEN 10
    WHEN 'forbidden_item' THEN least(80, 50 + persons)
    WHEN 'not_in_catalogue' THEN least(70, 40 + persons) WHEN 'paid_twice' THEN least(60, 30 + persons)
  END AS INTEGER) AS score,
  reason,
  reason IN ('basis_to_check', 'raised_later') AS explainable,
  unit_name, CAST(payments AS BIGINT) AS payments, CAST(persons AS BIGINT) AS persons,
  CAST(amount AS DECIMAL(18, 2)) AS amount, limit_amount,
  CAST(ratio(amount - limit_amount, limit_amount, 4) AS DECIMAL(12, 4)) AS over_share, from_date, to_date,
  CASE WHEN issue = '总额' THEN unit END AS whole_unit
FROM found
