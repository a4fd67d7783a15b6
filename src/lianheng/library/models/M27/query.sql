WITH daily AS (
  SELECT m.school, m.meal_date, strftime(m.meal_date, '%Y-%m') AS period, m.served, a.school IS NULL AS unknown,
    a.students + coalesce(a.others, 0) AS present
  FROM school_meal AS m
  LEFT JOIN school_attendance AS a ON a.school = m.school AND a.day = m.meal_date
  WHERE m.served > 0
),
heads AS (
  SELECT school, period, unknown, min(meal_date) AS from_date, max(meal_date) AS to_date, count(*) AS days,
    sum(served) AS served, sum(present) AS present, sum(served - present) AS excess_meals
  FROM daily
  WHERE unknown OR served > present * $k0
  GROUP BY school, period, unknown
),
-- A month has one answer: what is known to be too much goes before what is not known.
head_rows AS (
  SELECT *
  FROM heads
  WHERE (unknown AND served >= $min_meals) OR excess_meals >= $min_meals
  QUALIFY row_number() OVER (PARTITION BY school, period ORDER BY unknown) = 1
),
market AS (
  SELECT p.purchase_no, f.price, f.price_date
  FROM meal_purchase AS p
  JOIN food_price AS f ON f.item = p.item AND f.price > 0
    AND date_diff('day', f.price_date, p.purchase_date) BETWEEN 0 AND $price_age
  QUALIFY row_number() OVER (PARTITION BY p.purchase_no ORDER BY f.price_date DESC) = 1
),
bought AS (
  SELECT p.school, p.item, p.purchase_date, p.supplier, p.contract_no IS NOT NULL AS fixed,
    strftime(p.purchase_date, '%Y-%m') AS period, CAST(p.price * p.qty AS DECIMAL(18, 2)) AS amount,
    m.price AS market, m.price_date, CAST((p.price - m.price) * p.qty AS DECIMAL(18, 2)) AS excess,
    coalesce(p.price > m.price * (1 + setting('p0', s.village)), FALSE) AS dear,
    CAST(extract(year FROM p.purchase_date) AS BIGINT) AS year,
    CAST(extract(year FROM p.purchase_date) AS BIGINT) * 12 + CAST(extract(month FROM p.purchase_date) AS BIGINT)
      AS month_no
  FROM meal_purchase AS p
  LEFT JOIN school AS s ON s.school = p.school
  LEFT JOIN market AS m ON m.purchase_no = p.purchase_no
),
dear_item AS (
  SELECT school, period, fixed, item, min(purchase_date) AS from_date, max(purchase_date) AS to_date,
    sum(amount) AS amount, sum(excess) AS excess, min(price_date) AS price_from, max(price_date) AS price_to
  FROM bought
  WHERE dear
  GROUP BY school, period, fixed, item
),
dear_month AS (
  SELECT school, period, fixed, min(from_date) AS from_date, max(to_date) AS to_date,
    string_agg(item, '、' ORDER BY item) AS items, sum(amount) AS amount, sum(excess) AS excess
  FROM dear_item
  GROUP BY school, period, fixed
),
-- What a contract of fixed prices explains is no part of what is asked about; it is told where nothing else is.
dear AS (
  SELECT *
  FROM dear_month
  WHERE excess >= $min_amount
  QUALIFY row_number() OVER (PARTITION BY school, period ORDER BY fixed) = 1
),
dearest AS (
  SELECT school, period, fixed, item, price_from, price_to
  FROM dear_item
  QUALIFY row_number() OVER (PARTITION BY school, period, fixed ORDER BY excess DESC, item) = 1
),
-- Where most of a month's money went on what has no market price, nothing said about the rest makes it clear.
unpriced AS (
  SELECT b.school, b.period, min(b.purchase_date) AS from_date, max(b.purchase_date) AS to_date,
    sum(CASE WHEN b.market IS NULL THEN b.amount ELSE 0 END) AS amount,
    ratio(sum(CASE WHEN b.market IS NULL THEN b.amount ELSE 0 END), sum(b.amount), 4) AS share
  FROM bought AS b
  LEFT JOIN dear AS d ON d.school = b.school AND d.period = b.period
  WHERE d.school IS NULL
  GROUP BY b.school, b.period
  HAVING sum(CASE WHEN b.market IS NULL THEN b.amount ELSE 0 END) >= $min_amount
    AND sum(CASE WHEN b.market IS NULL THEN b.amount ELSE 0 END) * 2 >= sum(b.amount)
),
month_total AS (
  SELECT school, year, month_no, sum(amount) AS total FROM bought GROUP BY school, year, month_no
),
leading AS (
  SELECT b.school, b.year, b.month_no, b.supplier, sum(b.amount) AS amount, max(t.total) AS total,
    min(b.purchase_date) AS from_date, max(b.purchase_date) AS to_date
  FROM bought AS b
  JOIN month_total AS t ON t.school = b.school AND t.month_no = b.month_no
  WHERE t.total >= $min_amount
  GROUP BY b.school, b.year, b.month_no, b.supplier
  HAVING sum(b.amount) > max(t.total) * $s0
),
-- Months that end a run of so many in which the same supplier led.
run_end AS (
  SELECT e.school, e.year, e.supplier, e.month_no
  FROM leading AS e
  JOIN leading AS b ON b.school = e.school AND b.supplier = e.supplier
    AND b.month_no BETWEEN e.month_no - $months + 1 AND e.month_no
  GROUP BY e.school, e.year, e.supplier, e.month_no
  HAVING count(*) = $months
),
-- Every month of a run, each once.
in_run AS (
  SELECT DISTINCT e.year, l.school, l.supplier, l.month_no, l.amount, ratio(l.amount, l.total, 4) AS share, l.from_date,
    l.to_date
  FROM run_end AS e
  JOIN leading AS l ON l.school = e.school AND l.supplier = e.supplier
    AND l.month_no BETWEEN e.month_no - $months + 1 AND e.month_no
),
supplier_year AS (
  SELECT school, year, supplier, count(*) AS run_months, max(share) AS share, sum(amount) AS amount,
    min(from_date) AS from_date, max(to_date) AS to_date
  FROM in_run
  GROUP BY school, year, supplier
),
one_supplier AS (
  SELECT *
  FROM supplier_year
  QUALIFY row_number() OVER (PARTITION BY school, year ORDER BY amount DESC, supplier) = 1
),
-- December must be there: what is left in autumn is not what is left of the year.
left_over AS (
  SELECT school, CAST(extract(year FROM month_start) AS BIGINT) AS year, sum(income) AS income, sum(cost) AS cost,
    min(month_start) AS from_date, max(month_start) AS to_date
  FROM meal_account
  GROUP BY school, CAST(extract(year FROM month_start) AS BIGINT)
  HAVING count(*) >= $account_months AND max(extract(month FROM month_start)) = 12
    AND sum(income) - sum(cost) > sum(income) * $b0
    AND sum(income) - sum(cost) >= $min_amount
),
found AS (
  SELECT school, '人数' AS issue, period, CASE WHEN unknown THEN 'no_attendance' ELSE 'head_count' END AS reason,
    from_date, to_date, days, served, CASE WHEN NOT unknown THEN present END AS present,
    CASE WHEN NOT unknown THEN excess_meals END AS excess_meals, CAST(NULL AS VARCHAR) AS items,
    CAST(NULL AS DECIMAL(18, 2)) AS amount, CAST(NULL AS DECIMAL(18, 2)) AS excess,
    CAST(NULL AS DECIMAL(18, 4)) AS share, CAST(NULL AS VARCHAR) AS supplier, CAST(NULL AS BIGINT) AS run_months,
    CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DATE) AS price_from, CAST(NULL AS DATE) AS price_to
  FROM head_rows
  UNION ALL
  SELECT d.school, '价格', d.period, CASE WHEN d.fixed THEN 'price_contract' ELSE 'price_high' END, d.from_date,
    d.to_date, NULL, NULL, NULL, NULL, d.items, d.amount, d.excess, ratio(d.excess, d.amount, 4), NULL, NULL, t.item,
    t.price_from, t.price_to
  FROM dear AS d
  JOIN dearest AS t ON t.school = d.school AND t.period = d.period AND t.fixed = d.fixed
  UNION ALL
  SELECT school, '价格', period, 'no_market', from_date, to_date, NULL, NULL, NULL, NULL, NULL, amount, NULL, share, NULL,
    NULL, NULL, NULL, NULL
  FROM unpriced
  UNION ALL
  SELECT o.school, '供应商', CAST(o.year AS VARCHAR),
    CASE WHEN s.sole_supplier_no IS NULL THEN 'one_supplier' ELSE 'sole_supplier' END, o.from_date, o.to_date,
    NULL, NULL, NULL, NULL, NULL, o.amount, NULL, o.share, o.supplier, o.run_months, NULL, NULL, NULL
  FROM one_supplier AS o
  LEFT JOIN school AS s ON s.school = o.school
  UNION ALL
  SELECT school, '结余', CAST(year AS VARCHAR), 'balance_left', from_date, to_date, NULL, NULL, NULL, NULL, NULL, income,
    income - cost, ratio(income - cost, income, 4), NULL, NULL, NULL, NULL, NULL
  FROM left_over
)
SELECT
  f.school, f.issue, f.period,
  CASE WHEN f.reason IN ('no_attendance', 'no_market') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN f.reason IN ('no_attendance', 'no_market') THEN NULL
    WHEN f.reason IN ('price_contract', 'sole_supplier') THEN 'blue'
    WHEN f.reason = 'head_count' AND f.days >= $red_days THEN 'red'
    WHEN f.reason = 'balance_left' AND f.share >= $red_left THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE f.reason
    WHEN 'head_count' THEN least(100, 40 + f.days * 3)
    WHEN 'price_high' THEN least(90, 40 + floor(f.share * 100))
    WHEN 'one_supplier' THEN least(70, 30 + f.run_months * 4)
    WHEN 'balance_left' THEN least(90, 40 + floor(f.share * 200))
    WHEN 'price_contract' THEN 10 WHEN 'sole_supplier' THEN 10
  END AS INTEGER) AS score,
  f.reason,
  f.reason IN ('price_contract', 'sole_supplier') AS explainable,
  coalesce(s.school_name, f.school) AS school_name, f.from_date, f.to_date, CAST(f.days AS BIGINT) AS days,
  CAST(f.served AS BIGINT) AS served, CAST(f.present AS BIGINT) AS present,
  CAST(f.excess_meals AS BIGINT) AS excess_meals, f.items, CAST(f.amount AS DECIMAL(18, 2)) AS amount,
  CAST(f.excess AS DECIMAL(18, 2)) AS excess, CAST(f.share AS DECIMAL(8, 4)) AS share, f.supplier,
  CAST(f.run_months AS BIGINT) AS run_months, f.item, f.price_from, f.price_to
FROM found AS f
LEFT JOIN school AS s ON s.school = f.school
