WITH admitted AS (
  SELECT s.*, CAST(extract(year FROM s.in_date) AS BIGINT) AS year,
    date_diff('day', s.in_date, s.out_date) + 1 AS stay_days, p.group_code IS NOT NULL AS planned
  FROM stay AS s
  LEFT JOIN planned_group AS p ON p.group_code = s.group_code
),
-- A stay that begins on the day the other ends, in another ward of the same hospital, is a transfer; on the day after it
-- may be one. Of two on one day the later number is the second.
again AS (
  SELECT b.stay_no, a.stay_no AS earlier_stay, date_diff('day', a.out_date, b.in_date) AS gap_days,
    a.hospital = b.hospital AND a.ward <> b.ward AND date_diff('day', a.out_date, b.in_date) = 1 AS next_ward
  FROM admitted AS a
  JOIN admitted AS b ON b.patient = a.patient AND b.group_code = a.group_code AND b.stay_no <> a.stay_no
    AND date_diff('day', a.out_date, b.in_date) BETWEEN 0 AND $d0
    AND (a.in_date < b.in_date OR a.stay_no < b.stay_no)
  WHERE b.cost >= $min_cost
    AND NOT (a.hospital = b.hospital AND a.ward <> b.ward AND a.out_date = b.in_date)
  QUALIFY row_number() OVER (PARTITION BY b.stay_no ORDER BY a.out_date DESC, a.stay_no) = 1
),
active AS (
  SELECT s.stay_no, count(DISTINCT d.charge_date) AS days
  FROM charge_day AS d
  JOIN admitted AS s ON s.stay_no = d.stay_no AND d.charge_date BETWEEN s.in_date AND s.out_date
  GROUP BY s.stay_no
),
-- Charges come later than stays, and in parts: no bed is called empty while most stays that ended in the month have none,
-- or before the charges reach the day on which the stay ended.
loaded AS (
  SELECT s.hospital, max(d.charge_date) AS until
  FROM charge_day AS d
  JOIN admitted AS s ON s.stay_no = d.stay_no
  GROUP BY s.hospital
),
charged AS (
  SELECT s.hospital, strftime(s.out_date, '%Y-%m') AS month
  FROM admitted AS s
  LEFT JOIN active AS c ON c.stay_no = s.stay_no
  GROUP BY s.hospital, strftime(s.out_date, '%Y-%m')
  HAVING count(c.stay_no) * 2 >= count(*)
),
long_stay AS (
  SELECT s.*, h.month IS NOT NULL AND s.out_date <= l.until AS known
  FROM admitted AS s
  LEFT JOIN charged AS h ON h.hospital = s.hospital AND h.month = strftime(s.out_date, '%Y-%m')
  LEFT JOIN loaded AS l ON l.hospital = s.hospital
  WHERE s.stay_days >= $min_days AND s.cost >= $min_cost
),
per_day AS (
  SELECT stay_no, charge_date, item, sum(qty) AS qty, sum(amount) AS amount
  FROM charge_day
  GROUP BY stay_no, charge_date, item
),
impossible AS (
  SELECT d.stay_no, d.item, d.qty, l.per_day AS most, d.amount
  FROM per_day AS d
  JOIN item_limit AS l ON l.item = d.item AND d.qty > l.per_day
  QUALIFY row_number() OVER (PARTITION BY d.stay_no ORDER BY d.qty - l.per_day DESC, d.item, d.charge_date) = 1
),
-- A ward is fullest on a day on which somebody comes in.
full_day AS (
  SELECT e.hospital, e.ward, e.year, e.day, count(*) AS present, max(s.hospital_name) AS hospital_name
  FROM (SELECT DISTINCT hospital, ward, year, in_date AS day FROM admitted) AS e
  JOIN admitted AS s ON s.hospital = e.hospital AND s.ward = e.ward AND s.in_date <= e.day
    AND (s.out_date IS NULL OR s.out_date > e.day OR (s.out_date = e.day AND s.in_date = e.day))
    AND date_diff('day', s.in_date, e.day) <= 365
  GROUP BY e.hospital, e.ward, e.year, e.day
),
fullest AS (
  SELECT hospital, ward, year, max(present) AS present, max(hospital_name) AS hospital_name
  FROM full_day
  GROUP BY hospital, ward, year
),
found AS (
  SELECT s.hospital, '再入院' AS issue, s.stay_no AS subject, s.year,
    CASE WHEN s.planned THEN 'planned_cycle' WHEN a.next_ward THEN 'next_ward' ELSE 'readmitted' END AS reason, a.earlier_stay, a.gap_days,
    CAST(NULL AS BIGINT) AS idle_days, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS DECIMAL(14, 2)) AS qty,
    CAST(NULL AS DECIMAL(10, 2)) AS most, CAST(NULL AS BIGINT) AS present, CAST(NULL AS BIGINT) AS beds,
    s.hospital_name, s.ward, CAST(0 AS DECIMAL(18, 2)) AS at_stake
  FROM again AS a
  JOIN admitted AS s ON s.stay_no = a.stay_no
  UNION ALL
  SELECT s.hospital, '挂床', s.stay_no, s.year, 'no_activity', NULL, NULL, s.stay_days - coalesce(c.days, 0), NULL, NULL,
    NULL, NULL, NULL, s.hospital_name, s.ward, CASE WHEN c.days IS NULL THEN s.cost ELSE 0 END
  FROM long_stay AS s
  LEFT JOIN active AS c ON c.stay_no = s.stay_no
  WHERE s.known AND s.stay_days - coalesce(c.days, 0) >= s.stay_days * $idle
  UNION ALL
  SELECT hospital, '挂床', '收费明细', year, 'no_charges', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    max(hospital_name), NULL, 0
  FROM long_stay
  GROUP BY hospital, year
  HAVING NOT bool_or(coalesce(known, FALSE))
  UNION ALL
  SELECT s.hospital, '数量', s.stay_no, s.year, 'impossible_quantity', NULL, NULL, NULL, i.item, i.qty, i.most, NULL,
    NULL, s.hospital_name, s.ward, i.amount
  FROM impossible AS i
  JOIN admitted AS s ON s.stay_no = i.stay_no
  UNION ALL
  SELECT f.hospital, '床位', f.ward, f.year, CASE WHEN b.beds IS NULL THEN 'no_beds' ELSE 'over_beds' END, NULL, NULL,
    NULL, NULL, NULL, NULL, f.present, b.beds, f.hospital_name, f.ward, 0
  FROM fullest AS f
  LEFT JOIN bed AS b ON b.hospital = f.hospital AND b.ward = f.ward
  WHERE b.beds IS NULL OR f.present > b.beds * $use
)
SELECT
  n.hospital, n.issue, n.subject,
  CAST(n.year AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('no_beds', 'no_charges') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN n.reason IN ('no_beds', 'no_charges') THEN NULL WHEN n.reason IN ('planned_cycle', 'next_ward') THEN 'blue'
    WHEN n.at_stake >= $red_amount THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE n.reason
    WHEN 'impossible_quantity' THEN 75 WHEN 'no_activity' THEN 65 WHEN 'readmitted' THEN 60 - n.gap_days
    WHEN 'over_beds' THEN 60 WHEN 'planned_cycle' THEN 10 WHEN 'next_ward' THEN 15
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('planned_cycle', 'next_ward') AS explainable,
  n.hospital_name, n.ward, s.group_code, s.in_date, s.out_date, s.cost, n.earlier_stay, n.gap_days,
  CAST(s.stay_days AS BIGINT) AS stay_days, CAST(n.idle_days AS BIGINT) AS idle_days, n.item,
  CAST(n.qty AS DECIMAL(14, 2)) AS qty, n.most, CAST(n.present AS BIGINT) AS present, n.beds
FROM found AS n
LEFT JOIN admitted AS s ON s.stay_no = n.subject AND n.issue <> '床位'
