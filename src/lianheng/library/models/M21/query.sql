WITH base AS (
  SELECT contract_no, village, village_name, town, asset_no, asset_name, asset_type, nullif(quantity, 0) AS quantity,
    from_date, year_price, meeting_no, appraisal_no, coalesce(revised_to, to_date) AS end_date,
    CASE
      WHEN asset_type LIKE '%耕地%' OR asset_type LIKE '%水田%' OR asset_type LIKE '%稻田%' OR asset_type LIKE '%旱地%'
        OR asset_type LIKE '%水浇地%' OR asset_type LIKE '%农田%' OR asset_type LIKE '%菜地%' THEN $t0_land
      ELSE $t0
    END AS limit_years,
    CASE WHEN asset_type LIKE '%林地%' THEN $t0_forest WHEN asset_type LIKE '%草地%' THEN $t0_grass END AS lawful_years,
    CAST(extract(year FROM from_date) AS BIGINT) AS year
  FROM village_contract
),
due AS (
  SELECT r.contract_no, r.due_date, r.due_amount, c.contract_no IS NULL AS orphan,
    r.due_amount - coalesce(r.paid_amount, 0) AS lacking, r.paid_date IS NOT NULL AND r.paid_amount IS NULL AS untold
  FROM rent AS r
  LEFT JOIN base AS c ON c.contract_no = r.contract_no
  WHERE r.waiver_no IS NULL AND date_diff('day', r.due_date, $today) > setting('d0', c.village)
),
-- What was paid beyond an instalment makes up for the oldest arrears.
spare AS (
  SELECT contract_no, sum(paid_amount - due_amount) AS amount FROM rent WHERE paid_amount > due_amount
    GROUP BY contract_no
),
arrears AS (
  SELECT contract_no, due_date, orphan, sum(lacking) OVER (PARTITION BY contract_no ORDER BY due_date) AS so_far
  FROM due
  WHERE lacking > 0 AND NOT untold
),
overdue AS (
  SELECT a.contract_no, a.orphan, min(a.due_date) AS first_due, max(a.so_far) - max(coalesce(s.amount, 0)) AS unpaid
  FROM arrears AS a
  LEFT JOIN spare AS s ON s.contract_no = a.contract_no
  WHERE a.so_far > coalesce(s.amount, 0)
  GROUP BY a.contract_no, a.orphan
  HAVING max(a.so_far) - max(coalesce(s.amount, 0)) >= $min_amount
),
untold AS (
  SELECT d.contract_no, min(d.due_date) AS first_due, sum(d.due_amount) AS unpaid
  FROM due AS d
  LEFT JOIN overdue AS o ON o.contract_no = d.contract_no
  WHERE d.untold AND o.contract_no IS NULL AND NOT d.orphan
  GROUP BY d.contract_no
  HAVING sum(d.due_amount) >= $min_amount
),
-- A contract is worth what it brings or should bring; null: nobody knows.
valued AS (
  SELECT c.contract_no, CAST(m.price * c.quantity AS DECIMAL(18, 2)) AS market,
    nullif(greatest(coalesce(c.year_price, 0), coalesce(CAST(m.price * c.quantity AS DECIMAL(18, 2)), 0)), 0) AS worth
  FROM base AS c
  LEFT JOIN asset_market AS m ON m.asset_type = c.asset_type AND m.town = c.town AND m.year = c.year AND m.price > 0
),
priced AS (
  SELECT c.*, v.market, v.worth FROM base AS c JOIN valued AS v ON v.contract_no = c.contract_no
),
-- The later contract is the one asked about. Where neither has an end, they overlap until today.
pair AS (
  SELECT b.contract_no, a.contract_no AS other_contract, a.end_date IS NULL OR b.end_date IS NULL AS open_end,
    date_diff('day', b.from_date, coalesce(
      least(coalesce(a.end_date, b.end_date), coalesce(b.end_date, a.end_date)), $today)) + 1 AS days
  FROM base AS a
  JOIN base AS b ON b.asset_no = a.asset_no AND a.contract_no <> b.contract_no
    AND (a.from_date < b.from_date OR (a.from_date = b.from_date AND a.contract_no < b.contract_no))
),
twice AS (
  SELECT *
  FROM pair
  WHERE days >= $overlap
  QUALIFY row_number() OVER (PARTITION BY contract_no ORDER BY open_end, days DESC, other_contract) = 1
),
-- Where the market price is unknown, one row stands for all contracts of a village and year.
unpriced AS (
  SELECT village, year, count(*) AS contracts FROM priced WHERE market IS NULL OR year_price IS NULL GROUP BY village, year
),
named AS (
  SELECT village, concat('全部：', village) AS contract_no, max(village_name) AS village_name FROM base GROUP BY village
),
found AS (
  SELECT contract_no, '欠租' AS issue, CASE WHEN orphan THEN 'no_contract' ELSE 'rent_overdue' END AS reason, unpaid,
    date_diff('day', first_due, $today) AS days, CAST(NULL AS VARCHAR) AS other_contract,
    CAST(extract(year FROM first_due) AS BIGINT) AS year, CAST(NULL AS BIGINT) AS contracts
  FROM overdue
  UNION ALL
  SELECT contract_no, '欠租', 'paid_untold', unpaid, date_diff('day', first_due, $today), NULL,
    CAST(extract(year FROM first_due) AS BIGINT), NULL
  FROM untold
  UNION ALL
  SELECT contract_no, '租期', CASE
      WHEN end_date IS NULL THEN 'no_term' WHEN end_date < from_date THEN 'bad_term'
      WHEN CAST(strftime(end_date, '%Y%m%d') AS BIGINT)
        <= CAST(strftime(from_date, '%Y%m%d') AS BIGINT) + lawful_years * 10000 THEN 'term_forest'
      ELSE 'term_too_long'
    END, NULL, date_diff('day', from_date, end_date), NULL, year, NULL
  FROM priced
  WHERE end_date IS NULL OR end_date < from_date
    -- As numbers 20230101, a year is 10000.
    OR (CAST(strftime(end_date, '%Y%m%d') AS BIGINT)
        > CAST(strftime(from_date, '%Y%m%d') AS BIGINT) + limit_years * 10000
      AND coalesce(worth, $min_amount) >= $min_amount)
  UNION ALL
  SELECT contract_no, '租金', CASE WHEN appraisal_no IS NOT NULL THEN 'price_low_appraised' ELSE 'price_low' END,
    NULL, NULL, NULL, year, NULL
  FROM priced
  WHERE year_price < market * setting('p0', village) AND market - year_price >= $min_amount
  UNION ALL
  SELECT concat('全部：', village), '租金', 'no_market', NULL, NULL, NULL, year, contracts
  FROM unpriced
  UNION ALL
  SELECT contract_no, '会议', CASE WHEN year_price IS NULL THEN 'no_meeting_no_rent' ELSE 'no_meeting' END, NULL, NULL,
    NULL, year, NULL
  FROM priced
  WHERE meeting_no IS NULL AND coalesce(worth, $min_amount) >= $min_amount
  UNION ALL
  SELECT t.contract_no, '重复', CASE WHEN t.open_end THEN 'rented_twice_open' ELSE 'rented_twice' END, NULL, t.days,
    t.other_contract, c.year, NULL
  FROM twice AS t
  JOIN priced AS c ON c.contract_no = t.contract_no
  WHERE coalesce(c.worth, $min_amount) >= $min_amount
)
SELECT
  f.contract_no, f.issue,
  CAST(f.year AS VARCHAR) AS period,
  CASE WHEN f.reason IN ('no_term', 'bad_term', 'no_market', 'no_contract', 'paid_untold') THEN 'cannot_tell'
    ELSE 'flag' END
    AS result,
  CASE
    WHEN f.reason IN ('no_term', 'bad_term', 'no_market', 'no_contract', 'paid_untold') THEN NULL
    WHEN f.reason IN ('price_low_appraised', 'term_forest') THEN 'blue'
    WHEN (f.reason = 'term_too_long' AND c.worth >= $red_amount)
      OR (f.reason = 'rented_twice' AND c.worth >= $red_amount AND f.days >= $red_overlap)
      OR (f.reason = 'rent_overdue' AND f.unpaid >= $red_amount AND f.days > $red_days) THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE
    WHEN f.reason = 'rent_overdue' THEN 40 + least(50, f.days - mod(f.days, 10)) WHEN f.reason = 'rented_twice' THEN 80
    WHEN f.reason = 'term_too_long' THEN 70 WHEN f.reason = 'price_low' THEN 60
      WHEN f.reason = 'rented_twice_open' THEN 50
    WHEN f.reason IN ('no_meeting', 'no_meeting_no_rent') THEN 30
    WHEN f.reason IN ('price_low_appraised', 'term_forest') THEN 10
  END AS INTEGER) AS score,
  f.reason,
  f.reason IN ('price_low_appraised', 'term_forest') AS explainable,
  coalesce(c.village, v.village) AS village, coalesce(c.village_name, v.village_name) AS village_name, c.asset_name,
  c.asset_no, c.asset_type, c.from_date, c.end_date, c.year_price,
  CASE WHEN f.issue = '租金' THEN c.market END AS market,
  CAST(CASE WHEN f.issue = '租金' THEN ratio(c.year_price, c.market, 4) END AS DECIMAL(8, 4)) AS share,
  CAST(f.unpaid AS DECIMAL(18, 2)) AS unpaid, CAST(f.days AS BIGINT) AS days, c.limit_years, f.other_contract,
  f.contracts
FROM found AS f
LEFT JOIN priced AS c ON c.contract_no = f.contract_no
LEFT JOIN named AS v ON v.contract_no = f.contract_no
