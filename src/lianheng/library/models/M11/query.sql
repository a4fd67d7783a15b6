WITH numbered AS (
  SELECT *, invoice_no - row_number() OVER (PARTITION BY unit, seller ORDER BY invoice_no) AS run
  FROM invoice
),
runs AS (
  SELECT unit, seller, run, max(unit_name) AS unit_name, max(seller_name) AS seller_name, min(invoice_no) AS from_no,
    max(invoice_no) AS to_no, count(*) AS pieces, sum(amount) AS amount, max(invoice_date) AS day,
    bool_and(settlement_no IS NOT NULL OR coalesce(for_canteen, FALSE)) AS settled
  FROM numbered
  GROUP BY unit, seller, run
  HAVING count(*) >= $consecutive AND sum(amount) >= $min_amount
    -- Numbers years apart that happen to follow each other are no series.
    AND date_diff('day', min(invoice_date), max(invoice_date)) <= 92
),
under AS (
  SELECT unit, seller, invoice_date AS day, max(unit_name) AS unit_name, max(seller_name) AS seller_name,
    min(invoice_no) AS from_no, max(invoice_no) AS to_no, count(*) AS pieces, sum(amount) AS amount
  FROM invoice
  WHERE amount >= $approval * $near AND amount < $approval AND settlement_no IS NULL
  GROUP BY unit, seller, invoice_date
  HAVING count(*) >= $same_day
),
tobacco AS (
  SELECT unit, seller, unit_name, seller_name, invoice_no, item, amount, invoice_date AS day,
    coalesce(for_canteen, FALSE) AS for_canteen
  FROM invoice
  WHERE amount >= $min_amount AND item NOT LIKE '%料酒%' AND item NOT LIKE '%酒精%' AND item NOT LIKE '%酒店%'
    AND (item LIKE '%烟%' OR item LIKE '%酒%') AND item NOT LIKE '%油烟%' AND item NOT LIKE '%烟花%'
),
meals AS (
  SELECT *, CASE WHEN heads <= $base_heads THEN $base_companions ELSE CAST(floor(ratio(heads, part, 4)) AS BIGINT) END
    AS allowed
  FROM (SELECT *, $part AS part FROM reception WHERE amount >= $min_amount) AS priced
),
found AS (
  SELECT unit, '连号' AS issue, concat(seller, '-', CAST(from_no AS VARCHAR)) AS subject, day,
    CASE WHEN settled THEN 'settled_monthly' ELSE 'consecutive_numbers' END AS reason, unit_name, seller, seller_name,
    from_no, to_no, pieces, amount, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS BIGINT) AS heads,
    CAST(NULL AS BIGINT) AS companions, CAST(NULL AS BIGINT) AS allowed
  FROM runs
  UNION ALL
  SELECT unit, '限额', concat(seller, '-', CAST(from_no AS VARCHAR)), day, 'under_approval', unit_name, seller,
    seller_name, from_no, to_no, pieces, amount, NULL, NULL, NULL, NULL
  FROM under
  UNION ALL
  SELECT unit, '烟酒', concat(seller, '-', CAST(invoice_no AS VARCHAR)), day,
    CASE WHEN for_canteen THEN 'canteen_goods' ELSE 'tobacco_alcohol' END, unit_name, seller, seller_name, invoice_no,
    invoice_no, 1, amount, item, NULL, NULL, NULL
  FROM tobacco
  UNION ALL
  SELECT unit, '公函', reception_no, reception_date, 'no_letter', unit_name, NULL, NULL, NULL, NULL, NULL, amount, NULL,
    heads, companions, allowed
  FROM meals
  WHERE letter_no IS NULL
  UNION ALL
  SELECT unit, '陪餐', reception_no, reception_date,
    CASE WHEN heads IS NULL OR companions IS NULL THEN 'no_heads' ELSE 'too_many_companions' END, unit_name, NULL, NULL,
    NULL, NULL, NULL, amount, NULL, heads, companions, allowed
  FROM meals
  WHERE heads IS NULL OR companions IS NULL OR companions > allowed
)
SELECT
  unit, issue, subject,
  CAST(CAST(extract(year FROM day) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN reason = 'no_heads' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_heads' THEN NULL
    WHEN reason IN ('settled_monthly', 'canteen_goods') THEN 'blue'
    WHEN reason = 'tobacco_alcohol' THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'tobacco_alcohol' THEN 70 WHEN 'under_approval' THEN least(90, 50 + pieces * 5)
    WHEN 'consecutive_numbers' THEN least(80, 40 + pieces * 3) WHEN 'no_letter' THEN 50
    WHEN 'too_many_companions' THEN least(70, 30 + (companions - allowed) * 4)
    WHEN 'settled_monthly' THEN 10 WHEN 'canteen_goods' THEN 10
  END AS INTEGER) AS score,
  reason,
  reason IN ('settled_monthly', 'canteen_goods') AS explainable,
  unit_name, seller, seller_name, day, from_no, to_no, CAST(pieces AS BIGINT) AS pieces,
  CAST(amount AS DECIMAL(18, 2)) AS amount, item, heads, companions, allowed, $approval AS limit_amount
FROM found
