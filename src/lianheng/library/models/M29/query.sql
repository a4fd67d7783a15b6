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
-- Instalments: what was paid for an item in all is not more than the standard gives for the surveyed area.
within AS (
  SELECT house_no, item
  FROM paid
  GROUP BY house_no, item
  HAVING sum(amount) <= min(standard_price * surveyed) * (1 + $tolerance)
),
-- The later of two is the one asked about: of one house, or of one household for a house that was not surveyed.
twice AS (
  SELECT b.pay_no, min(a.pay_no) AS other_pay, b.house_no = a.house_no AS same_house
  FROM paid AS a
  JOIN paid AS b ON b.item = a.item AND (b.house_no = a.house_no OR (b.household = a.household
      AND (a.surveyed IS NULL OR b.surveyed IS NULL)))
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.pay_no < b.pay_no))
  LEFT JOIN within AS w ON w.house_no = b.house_no AND w.item = b.item
  WHERE b.amount >= $min_amount AND b.meeting_no IS NULL AND w.house_no IS NULL
  GROUP BY b.pay_no, b.house_no = a.house_no
),
-- What was paid beside price times area; where one of them is not written down, beside the standard.
due AS (
  SELECT *, CASE
    WHEN price IS NOT NULL AND area IS NOT NULL THEN price * area
    WHEN price IS NOT NULL AND surveyed IS NOT NULL THEN price * surveyed
    ELSE standard_price * coalesce(area, surveyed) END AS due
  FROM paid
),
-- The same house goes before the same household.
nearest AS (
  SELECT *
  FROM twice
  QUALIFY row_number() OVER (PARTITION BY pay_no ORDER BY CASE WHEN same_house THEN 0 ELSE 1 END) = 1
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
  WHERE amount - due >= $min_amount AND amount > due * (1 + $tolerance)
  UNION ALL
  SELECT pay_no, '重复', CASE WHEN same_house THEN 'paid_twice' ELSE 'household_twice' END, NULL, other_pay
  FROM nearest
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
    WHEN n.reason IN ('no_survey', 'no_payee') THEN NULL WHEN n.reason IN ('agreed_extra', 'amount_agreed') THEN 'blue'
    WHEN n.reason = 'paid_twice' AND p.amount >= $red_amount THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'paid_twice' THEN 85 WHEN 'not_owner' THEN 70 WHEN 'price_over' THEN 60 WHEN 'area_over' THEN 60
    WHEN 'amount_over' THEN 65 WHEN 'household_twice' THEN 50 WHEN 'agreed_extra' THEN 10 WHEN 'amount_agreed' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('agreed_extra', 'amount_agreed') AS explainable,
  p.house_no, p.household, p.item, p.amount, p.price, p.standard_price, p.area, p.surveyed, n.excess, n.other_pay,
  p.pay_date
FROM found AS n
JOIN paid AS p ON p.pay_no = n.pay_no
