WITH house AS (
  SELECT house_no, max(project) AS project, max(structure) AS structure, max(coalesce(corrected_area, area)) AS surveyed
  FROM demolition_house
  GROUP BY house_no
),
paid AS (
  SELECT c.*, h.surveyed, s.price AS standard_price, h.house_no IS NULL OR (c.price IS NOT NULL AND s.price IS NULL)
    AS unknown
  FROM compensation AS c
  LEFT JOIN house AS h ON h.house_no = c.house_no
  LEFT JOIN compensation_standard AS s ON s.project = h.project AND s.item = c.item AND s.structure = h.structure
),
owned AS (
  SELECT DISTINCT p.pay_no
  FROM compensation AS p
  JOIN demolition_house AS h ON h.house_no = p.house_no AND h.owner_id = p.payee_id
),
-- What a row is for: price times area; where one of them is not written down, the standard and the survey bound it. What is
-- paid by the month has a price of another kind.
due AS (
  SELECT *, item LIKE '%过渡%' OR item LIKE '%临时安置%' OR item LIKE '%停产%' OR item LIKE '%租金%' AS monthly, CASE
    WHEN price IS NOT NULL AND area IS NOT NULL THEN price * area
    WHEN price IS NOT NULL THEN least(price, coalesce(standard_price * (1 + $tolerance), price)) * surveyed
    WHEN area IS NOT NULL THEN standard_price * least(area, coalesce(surveyed * (1 + $a0), area))
    ELSE standard_price * surveyed END AS due
  FROM paid
),
-- Instalments: all that was paid for an item of a house is not more than one row of it is for.
within AS (
  SELECT house_no, item
  FROM due
  GROUP BY house_no, item
  HAVING sum(amount) <= max(due)
),
pair AS (
  SELECT b.pay_no, a.pay_no AS other_pay, 1 AS rank, b.monthly AND date_diff('day', a.pay_date, b.pay_date) >= 28 AS spread
  FROM due AS a
  JOIN due AS b ON b.house_no = a.house_no AND b.item = a.item
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.pay_no < b.pay_no))
  LEFT JOIN within AS w ON w.house_no = b.house_no AND w.item = b.item
  WHERE b.amount >= $min_amount AND b.meeting_no IS NULL AND w.house_no IS NULL
  UNION ALL
  SELECT b.pay_no, a.pay_no, 2, b.monthly AND date_diff('day', a.pay_date, b.pay_date) >= 28
  FROM due AS a
  JOIN due AS b ON b.household = a.household AND b.item = a.item AND b.house_no <> a.house_no
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.pay_no < b.pay_no))
  WHERE b.amount >= $min_amount AND b.meeting_no IS NULL AND (a.surveyed IS NULL OR b.surveyed IS NULL)
),
-- The later of two is the one asked about: of one house, or of one household for a house that was not surveyed.
twice AS (
  SELECT pay_no, min(other_pay) AS other_pay, rank, bool_and(spread) AS spread
  FROM pair
  GROUP BY pay_no, rank
  QUALIFY row_number() OVER (PARTITION BY pay_no ORDER BY rank) = 1
),
found AS (
  SELECT pay_no, '单价' AS issue, CASE WHEN meeting_no IS NULL THEN 'price_over' ELSE 'agreed_extra' END AS reason,
    CAST((price - standard_price) * area AS DECIMAL(18, 2)) AS excess, CAST(NULL AS VARCHAR) AS other_pay
  FROM paid
  WHERE price > standard_price * (1 + $tolerance) AND (price - standard_price) * area >= $min_amount
  UNION ALL
  SELECT pay_no, '面积', 'area_over', CAST((area - surveyed) * price AS DECIMAL(18, 2)), NULL
  FROM paid
  WHERE area > surveyed * (1 + $a0) AND (area - surveyed) * price >= $min_amount AND meeting_no IS NULL
  UNION ALL
  SELECT pay_no, '金额', CASE WHEN meeting_no IS NULL THEN 'amount_over' ELSE 'amount_agreed' END,
    CAST(amount - due AS DECIMAL(18, 2)), NULL
  FROM due
  WHERE NOT monthly AND amount - due >= $min_amount AND amount > due * (1 + $tolerance)
  UNION ALL
  SELECT pay_no, '重复', CASE WHEN spread THEN 'paid_again' WHEN rank = 1 THEN 'paid_twice' ELSE 'household_twice' END, NULL,
    other_pay
  FROM twice
  UNION ALL
  SELECT p.pay_no, '收款人', 'not_owner', NULL, NULL
  FROM paid AS p
  LEFT JOIN owned AS o ON o.pay_no = p.pay_no
  WHERE o.pay_no IS NULL AND p.surveyed IS NOT NULL AND p.payee_id IS NOT NULL AND p.proxy_no IS NULL
    AND p.amount >= $min_amount
  UNION ALL
  SELECT pay_no, '收款人', 'no_payee', NULL, NULL FROM paid WHERE payee_id IS NULL AND amount >= $min_amount
  UNION ALL
  SELECT pay_no, '标准', 'no_survey', NULL, NULL FROM paid WHERE unknown AND amount >= $min_amount
)
SELECT
  n.pay_no, n.issue,
  CAST(CAST(extract(year FROM p.pay_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('no_survey', 'no_payee') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason IN ('no_survey', 'no_payee') THEN NULL WHEN n.reason IN ('agreed_extra', 'amount_agreed', 'paid_again') THEN 'blue'
    WHEN n.reason = 'paid_twice' AND p.amount >= $red_amount THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'paid_twice' THEN 85 WHEN 'not_owner' THEN 70 WHEN 'price_over' THEN 60 WHEN 'area_over' THEN 60
    WHEN 'amount_over' THEN 65 WHEN 'household_twice' THEN 50 WHEN 'agreed_extra' THEN 10 WHEN 'amount_agreed' THEN 10
    WHEN 'paid_again' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('agreed_extra', 'amount_agreed', 'paid_again') AS explainable,
  p.house_no, p.household, p.item, p.amount, p.price, p.standard_price, p.area, p.surveyed, n.excess, n.other_pay,
  p.pay_date
FROM found AS n
JOIN paid AS p ON p.pay_no = n.pay_no
