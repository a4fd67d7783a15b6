WITH planned AS (
  SELECT *, CAST(extract(year FROM work_date) AS BIGINT) AS year FROM village_work WHERE emergency_no IS NULL
),
crew AS (
  SELECT left(village, 9) AS town, year, count(DISTINCT contractor) AS contractors
  FROM planned
  GROUP BY left(village, 9), year
),
many AS (
  SELECT village, contractor, year, max(village_name) AS village_name, count(*) AS works, sum(amount) AS amount,
    max(amount) AS largest, min(work_date) AS from_date, max(work_date) AS to_date
  FROM planned
  GROUP BY village, contractor, year
),
grouped AS (
  SELECT village, contractor, year, project_group, max(village_name) AS village_name, count(*) AS works,
    sum(amount) AS amount, max(amount) AS largest, min(work_date) AS from_date, max(work_date) AS to_date
  FROM planned
  GROUP BY village, contractor, year, project_group
  HAVING count(*) >= 2 AND max(amount) < $limit_amount AND sum(amount) >= $limit_amount
),
split AS (
  SELECT *
  FROM grouped
  QUALIFY row_number() OVER (PARTITION BY village, contractor, year ORDER BY amount DESC, project_group) = 1
),
priced AS (
  SELECT w.village, w.contractor, w.year, w.village_name, w.amount, w.work_date, w.process, l.unit_price IS NULL AS unknown,
    ratio(w.unit_price - l.unit_price, l.unit_price, 4) AS over_share,
    coalesce(w.unit_price > l.unit_price * (1 + $p0), FALSE) AS dear
  FROM planned AS w
  LEFT JOIN price_list AS l ON l.process = w.process AND l.year = w.year
  WHERE w.unit_price IS NOT NULL
),
dearest AS (
  SELECT village, contractor, year, process
  FROM priced
  WHERE dear
  QUALIFY row_number() OVER (PARTITION BY village, contractor, year ORDER BY over_share DESC, process) = 1
),
dear AS (
  SELECT village, contractor, year, bool_or(dear) AS dear, max(village_name) AS village_name, count(*) AS works,
    sum(amount) AS amount, max(amount) AS largest, max(over_share) AS over_share, min(work_date) AS from_date,
    max(work_date) AS to_date
  FROM priced
  WHERE dear OR unknown
  GROUP BY village, contractor, year
),
near_officer AS (
  SELECT person_id, village, from_date, to_date FROM officer WHERE village IS NOT NULL
  UNION
  SELECT k.person_b, o.village, o.from_date, o.to_date
  FROM officer AS o
  JOIN kin AS k ON k.person_a = o.person_id
  WHERE o.village IS NOT NULL
  UNION
  SELECT k.person_a, o.village, o.from_date, o.to_date
  FROM officer AS o
  JOIN kin AS k ON k.person_b = o.person_id
  WHERE o.village IS NOT NULL
),
related_work AS (
  SELECT DISTINCT w.work_no
  FROM village_work AS w
  JOIN business AS b ON b.firm = w.contractor AND b.from_date <= w.work_date
    AND coalesce(b.to_date, w.work_date) >= w.work_date
  JOIN near_officer AS n ON n.person_id = b.owner_id AND n.village = w.village AND n.from_date <= w.work_date
    AND coalesce(n.to_date, w.work_date) >= w.work_date
),
related AS (
  SELECT w.village, w.contractor, CAST(extract(year FROM w.work_date) AS BIGINT) AS year,
    max(w.village_name) AS village_name, count(*) AS works, sum(w.amount) AS amount, max(w.amount) AS largest,
    min(w.work_date) AS from_date, max(w.work_date) AS to_date
  FROM village_work AS w
  JOIN related_work AS r ON r.work_no = w.work_no
  GROUP BY w.village, w.contractor, CAST(extract(year FROM w.work_date) AS BIGINT)
),
found AS (
  SELECT m.village, m.contractor, '次数' AS issue, m.year,
    CASE WHEN c.contractors = 1 THEN 'only_crew' ELSE 'many_works' END AS reason, m.village_name, m.works, m.amount,
    m.largest, CAST(NULL AS VARCHAR) AS project_group, CAST(NULL AS DECIMAL(18, 4)) AS over_share, m.from_date, m.to_date,
    CAST(NULL AS VARCHAR) AS process
  FROM many AS m
  JOIN crew AS c ON c.town = left(m.village, 9) AND c.year = m.year
  WHERE m.works >= $k0
  UNION ALL
  SELECT village, contractor, '拆分', year, 'split_works', village_name, works, amount, largest, project_group, NULL,
    from_date, to_date, NULL
  FROM split
  UNION ALL
  SELECT d.village, d.contractor, '单价', d.year, CASE WHEN d.dear THEN 'price_over_list' ELSE 'no_price' END,
    d.village_name, d.works, d.amount, d.largest, NULL, d.over_share, d.from_date, d.to_date, t.process
  FROM dear AS d
  LEFT JOIN dearest AS t ON t.village = d.village AND t.contractor = d.contractor AND t.year = d.year
  UNION ALL
  SELECT village, contractor, '关联', year, 'related', village_name, works, amount, largest, NULL, NULL, from_date, to_date,
    NULL
  FROM related
)
SELECT
  village, contractor, issue,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'no_price' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_price' THEN NULL WHEN reason = 'only_crew' THEN 'blue' WHEN reason = 'split_works' THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'split_works' THEN 75 WHEN 'related' THEN 70 WHEN 'price_over_list' THEN least(70, 40 + floor(over_share * 50))
    WHEN 'many_works' THEN least(60, 30 + works * 3) WHEN 'only_crew' THEN 10
  END AS INTEGER) AS score,
  reason,
  reason = 'only_crew' AS explainable,
  village_name, CAST(works AS BIGINT) AS works, CAST(amount AS DECIMAL(18, 2)) AS amount, largest, project_group,
  CAST(over_share AS DECIMAL(12, 4)) AS over_share, from_date, to_date, process
FROM found
WHERE amount >= $min_amount
