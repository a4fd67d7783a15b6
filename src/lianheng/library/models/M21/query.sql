WITH base AS (
  SELECT contract_no, village, village_name, town, asset_no, asset_name, asset_type, quantity, from_date, year_price,
    meeting_no, appraisal_no, coalesce(revised_to, to_date) AS end_date,
    CASE WHEN asset_type = '耕地' THEN $t0_land ELSE $t0 END AS limit_years,
    CAST(extract(year FROM from_date) AS BIGINT) AS year
  FROM village_contract
),
overdue AS (
  SELECT r.contract_no, min(r.due_date) AS first_due, sum(r.due_amount - coalesce(r.paid_amount, 0)) AS unpaid
  FROM rent AS r
  JOIN base AS c ON c.contract_no = r.contract_no
  WHERE r.waiver_no IS NULL AND coalesce(r.paid_amount, 0) < r.due_amount
    AND date_diff('day', r.due_date, $today) > setting('d0', c.village)
  GROUP BY r.contract_no
  HAVING sum(r.due_amount - coalesce(r.paid_amount, 0)) >= $min_amount
),
priced AS (
  SELECT c.contract_no, c.village, c.year_price, c.appraisal_no, CAST(m.price * c.quantity AS DECIMAL(18, 2)) AS market
  FROM base AS c
  LEFT JOIN asset_market AS m ON m.asset_type = c.asset_type AND m.town = c.town AND m.year = c.year
),
-- The later contract is the one asked about.
twice AS (
  SELECT b.contract_no, a.contract_no AS other_contract,
    date_diff('day', b.from_date, least(a.end_date, b.end_date)) + 1 AS days
  FROM base AS a
  JOIN base AS b ON b.asset_no = a.asset_no AND a.contract_no <> b.contract_no
    AND (a.from_date < b.from_date OR (a.from_date = b.from_date AND a.contract_no < b.contract_no))
  WHERE date_diff('day', b.from_date, least(a.end_date, b.end_date)) + 1 >= $overlap
  QUALIFY row_number() OVER (
    PARTITION BY b.contract_no
    ORDER BY date_diff('day', b.from_date, least(a.end_date, b.end_date)) DESC, a.contract_no
  ) = 1
),
found AS (
  SELECT contract_no, '欠租' AS issue, 'rent_overdue' AS reason, unpaid, date_diff('day', first_due, $today) AS days,
    CAST(NULL AS DECIMAL(18, 2)) AS market, CAST(NULL AS VARCHAR) AS other_contract,
    CAST(extract(year FROM first_due) AS BIGINT) AS year
  FROM overdue
  UNION ALL
  SELECT contract_no, '租期', CASE WHEN end_date IS NULL THEN 'no_term' ELSE 'term_too_long' END, NULL,
    date_diff('day', from_date, end_date), NULL, NULL, year
  FROM base
  WHERE end_date IS NULL
    -- As numbers 20230101, a year is 10000.
    OR CAST(strftime(end_date, '%Y%m%d') AS BIGINT) > CAST(strftime(from_date, '%Y%m%d') AS BIGINT) + limit_years * 10000
  UNION ALL
  SELECT p.contract_no, '租金', CASE
      WHEN p.market IS NULL OR p.year_price IS NULL THEN 'no_market'
      WHEN p.appraisal_no IS NOT NULL THEN 'price_low_appraised'
      ELSE 'price_low'
    END, NULL, NULL, p.market, NULL, c.year
  FROM priced AS p
  JOIN base AS c ON c.contract_no = p.contract_no
  WHERE p.market IS NULL OR p.year_price IS NULL
    OR (p.year_price < p.market * setting('p0', p.village) AND p.market - p.year_price >= $min_amount)
  UNION ALL
  SELECT contract_no, '会议', 'no_meeting', NULL, NULL, NULL, NULL, year
  FROM base
  WHERE meeting_no IS NULL AND year_price >= $min_amount
  UNION ALL
  SELECT t.contract_no, '重复', 'rented_twice', NULL, t.days, NULL, t.other_contract, c.year
  FROM twice AS t
  JOIN base AS c ON c.contract_no = t.contract_no
)
SELECT
  f.contract_no, f.issue,
  CAST(f.year AS VARCHAR) AS period,
  CASE WHEN f.reason IN ('no_term', 'no_market') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN f.reason IN ('no_term', 'no_market') THEN NULL
    WHEN f.reason = 'price_low_appraised' THEN 'blue'
    WHEN f.reason IN ('term_too_long', 'rented_twice') OR (f.reason = 'rent_overdue' AND f.days > $red_days) THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE f.reason
    WHEN 'rent_overdue' THEN 40 + least(50, f.days - mod(f.days, 10)) WHEN 'rented_twice' THEN 80
    WHEN 'term_too_long' THEN 70 WHEN 'price_low' THEN 60 WHEN 'no_meeting' THEN 30 WHEN 'price_low_appraised' THEN 10
  END AS INTEGER) AS score,
  f.reason,
  f.reason = 'price_low_appraised' AS explainable,
  c.village, c.village_name, c.asset_name, c.asset_no, c.asset_type, c.from_date, c.end_date, c.year_price, f.market,
  CAST(ratio(c.year_price, f.market, 4) AS DECIMAL(8, 4)) AS share, CAST(f.unpaid AS DECIMAL(18, 2)) AS unpaid,
  CAST(f.days AS BIGINT) AS days, c.limit_years, f.other_contract
FROM found AS f
JOIN base AS c ON c.contract_no = f.contract_no
