WITH planned AS (
  SELECT *, CAST(extract(year FROM work_date) AS BIGINT) AS year, setting('limit_amount', village) AS limit_amount
  FROM village_work
  WHERE emergency_no IS NULL
),
many AS (
  SELECT village, contractor, year, max(village_name) AS village_name, count(*) AS works, sum(amount) AS amount,
    max(amount) AS largest, min(work_date) AS from_date, max(work_date) AS to_date,
      count(single_no) = count(*) AS single
  FROM planned
  GROUP BY village, contractor, year
  HAVING count(*) >= $k0
),
-- Works of one kind, each under the limit: those of the days before each of them are summed, also over new year, in the
-- year of the last. Works of the year before that reach the limit by themselves were told in that year, not again.
small AS (
  SELECT * FROM planned WHERE amount < limit_amount
),
pair AS (
  SELECT e.village, e.contractor, e.year, e.project_group, e.work_no, b.village_name, b.amount, b.limit_amount,
    b.work_date, b.year = e.year AS same_year,
    sum(CASE WHEN b.year < e.year THEN b.amount ELSE 0 END) OVER (PARTITION BY e.work_no) AS year_before
  FROM small AS e
  JOIN small AS b ON b.village = e.village AND b.contractor = e.contractor AND b.project_group = e.project_group
    AND date_diff('day', b.work_date, e.work_date) BETWEEN 0 AND $split_days
),
together AS (
  SELECT village, contractor, year, project_group, work_no, max(village_name) AS village_name, count(*) AS works,
    sum(amount) AS amount, max(amount) AS largest, max(limit_amount) AS limit_amount, min(work_date) AS from_date,
    max(work_date) AS to_date
  FROM pair
  WHERE same_year OR year_before < limit_amount
  GROUP BY village, contractor, year, project_group, work_no
  HAVING count(*) >= 2 AND sum(amount) >= max(limit_amount)
),
split AS (
  SELECT *
  FROM together
  QUALIFY row_number() OVER (
    PARTITION BY village, contractor, year, project_group ORDER BY amount DESC, to_date, work_no
  ) = 1
),
priced AS (
  SELECT w.village, w.contractor, w.year, w.village_name, w.amount, w.work_date, w.process,
    ratio(w.unit_price - l.unit_price, l.unit_price, 4) AS over_share, CASE
      WHEN l.unit_price IS NULL THEN 'no_price' WHEN w.unit_price > l.unit_price * (1 + $p0) THEN 'price_over_list'
    END AS reason
  FROM planned AS w
  LEFT JOIN price_list AS l ON l.process = w.process AND l.year = w.year AND l.unit_price > 0
  WHERE w.unit_price IS NOT NULL
),
dearest AS (
  SELECT village, contractor, year, process
  FROM priced
  WHERE reason = 'price_over_list'
  QUALIFY row_number() OVER (PARTITION BY village, contractor, year ORDER BY over_share DESC, process) = 1
),
dear AS (
  SELECT village, contractor, year, reason, max(village_name) AS village_name, count(*) AS works, sum(amount) AS amount,
    max(amount) AS largest, max(over_share) AS over_share, min(work_date) AS from_date, max(work_date) AS to_date
  FROM priced
  WHERE reason IS NOT NULL
  GROUP BY village, contractor, year, reason
),
told AS (
  SELECT person_a AS person_id, person_b AS kin_id, from_date, to_date FROM kin
  UNION
  SELECT person_b, person_a, from_date, to_date FROM kin
),
-- Whoever was near an officer in office on the day, and was then still kin.
near_officer AS (
  SELECT person_id, village, from_date, to_date, CAST(NULL AS DATE) AS kin_from, CAST(NULL AS DATE) AS kin_to
  FROM officer
  WHERE village IS NOT NULL
  UNION
  SELECT k.kin_id, o.village, o.from_date, o.to_date, k.from_date, k.to_date
  FROM officer AS o
  JOIN told AS k ON k.person_id = o.person_id
  WHERE o.village IS NOT NULL
),
related_work AS (
  SELECT DISTINCT w.work_no
  FROM village_work AS w
  JOIN business AS b ON b.firm = w.contractor AND b.from_date <= w.work_date
    AND coalesce(b.to_date, w.work_date) >= w.work_date
  JOIN near_officer AS n ON n.person_id = b.owner_id AND n.village = w.village AND n.from_date <= w.work_date
    AND coalesce(n.to_date, w.work_date) >= w.work_date AND coalesce(n.kin_from, w.work_date) <= w.work_date
    AND coalesce(n.kin_to, w.work_date) >= w.work_date
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
  SELECT village, contractor, '次数' AS issue, year, CASE WHEN single THEN 'only_crew' ELSE 'many_works' END AS reason,
    village_name, works, amount, largest, CAST(NULL AS VARCHAR) AS project_group,
    CAST(NULL AS DECIMAL(14, 2)) AS limit_amount, CAST(NULL AS DECIMAL(18, 4)) AS over_share, from_date, to_date,
    CAST(NULL AS VARCHAR) AS process
  FROM many
  UNION ALL
  SELECT village, contractor, concat('拆分：', project_group), year, 'split_works', village_name, works, amount, largest,
    project_group, limit_amount, NULL, from_date, to_date, NULL
  FROM split
  UNION ALL
  SELECT d.village, d.contractor, CASE WHEN d.reason = 'no_price' THEN '价目' ELSE '单价' END, d.year, d.reason,
    d.village_name, d.works, d.amount, d.largest, NULL, NULL, d.over_share, d.from_date, d.to_date,
    CASE WHEN d.reason = 'price_over_list' THEN t.process END
  FROM dear AS d
  LEFT JOIN dearest AS t ON t.village = d.village AND t.contractor = d.contractor AND t.year = d.year
  UNION ALL
  SELECT village, contractor, '关联', year, 'related', village_name, works, amount, largest, NULL, NULL, NULL, from_date,
    to_date, NULL
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
  limit_amount AS local_limit, CAST(over_share AS DECIMAL(12, 4)) AS over_share, from_date, to_date, process
FROM found
WHERE amount >= $min_amount
