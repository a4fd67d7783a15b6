WITH monthly AS (
  SELECT u.hospital, u.dept, u.specialty, u.item, u.month_start, u.qty, u.explained_no IS NOT NULL AS told,
    CAST(extract(year FROM u.month_start) AS BIGINT) AS year,
    CAST(extract(year FROM u.month_start) AS BIGINT) * 12 + CAST(extract(month FROM u.month_start) AS BIGINT) AS month_no,
    v.patients, CAST(ratio(u.qty, v.patients, 6) AS DECIMAL(20, 6)) AS per_visit
  FROM drug_use AS u
  LEFT JOIN dept_visit AS v ON v.hospital = u.hospital AND v.dept = u.dept AND v.month_start = u.month_start
),
sums AS (
  SELECT specialty, item, month_start, count(per_visit) AS n, sum(per_visit) AS total,
    sum(per_visit * per_visit) AS squares
  FROM monthly
  WHERE specialty IS NOT NULL
  GROUP BY specialty, item, month_start
),
-- The department itself is left out of its peers.
peer AS (
  SELECT m.*, s.n - 1 AS others, s.total - m.per_visit AS peer_total,
    s.squares - m.per_visit * m.per_visit AS peer_squares
  FROM monthly AS m
  JOIN sums AS s ON s.specialty = m.specialty AND s.item = m.item AND s.month_start = m.month_start
),
measured AS (
  SELECT *, ratio(peer_total, others, 6) AS mean,
    ratio(others * peer_squares - peer_total * peer_total, others * (others - 1), 10) AS variance
  FROM peer
),
-- Over the mean by so many standard deviations, without a root.
high AS (
  SELECT *
  FROM measured
  WHERE others >= $peers AND qty >= $min_qty AND per_visit > mean
    AND (per_visit - mean) * (per_visit - mean) > $sigma * $sigma * variance
),
run_end AS (
  SELECT e.hospital, e.dept, e.item, e.year, e.month_no, max(e.specialty) AS specialty, max(e.per_visit) AS per_visit,
    max(e.mean) AS mean, max(e.qty) AS qty, max(e.month_start) AS to_date, min(b.month_start) AS from_date,
    bool_and(b.told) AS told
  FROM high AS e
  JOIN high AS b ON b.hospital = e.hospital AND b.dept = e.dept AND b.item = e.item
    AND b.month_no BETWEEN e.month_no - $months + 1 AND e.month_no
  GROUP BY e.hospital, e.dept, e.item, e.year, e.month_no
  HAVING count(*) = $months
),
over_peers AS (
  SELECT hospital, dept, item, year, max(specialty) AS specialty, count(*) + $months - 1 AS months_high,
    sum(qty) AS qty, max(per_visit) AS per_visit, max(mean) AS mean, min(from_date) AS from_date,
    max(to_date) AS to_date, bool_and(told) AS told
  FROM run_end
  GROUP BY hospital, dept, item, year
),
dept_total AS (
  SELECT hospital, dept, month_no, sum(qty) AS total FROM monthly GROUP BY hospital, dept, month_no
),
shared AS (
  SELECT m.*, ratio(m.qty, t.total, 6) AS share
  FROM monthly AS m
  JOIN dept_total AS t ON t.hospital = m.hospital AND t.dept = m.dept AND t.month_no = m.month_no
),
jumped AS (
  SELECT n.hospital, n.dept, n.item, n.year, n.specialty, n.qty, n.share, b.share AS share_before, n.told,
    b.month_start AS from_date, n.month_start AS to_date
  FROM shared AS n
  JOIN shared AS b ON b.hospital = n.hospital AND b.dept = n.dept AND b.item = n.item AND b.month_no = n.month_no - 1
  WHERE n.share - b.share >= $jump AND n.qty >= $min_qty
  QUALIFY row_number() OVER (
    PARTITION BY n.hospital, n.dept, n.item, n.year
    ORDER BY n.share - b.share DESC, n.month_start
  ) = 1
),
unknown AS (
  SELECT hospital, dept, item, year, max(specialty) AS specialty, sum(qty) AS qty, min(month_start) AS from_date,
    max(month_start) AS to_date
  FROM monthly
  GROUP BY hospital, dept, item, year
  HAVING count(patients) = 0 AND max(qty) >= $min_qty
),
found AS (
  SELECT hospital, dept, item, '用量' AS issue, year, CASE WHEN told THEN 'explained' ELSE 'over_peers' END AS reason,
    specialty, months_high, qty, per_visit, mean, CAST(NULL AS DECIMAL(18, 6)) AS share,
    CAST(NULL AS DECIMAL(18, 6)) AS share_before, from_date, to_date
  FROM over_peers
  UNION ALL
  SELECT hospital, dept, item, '占比', year, CASE WHEN told THEN 'jump_explained' ELSE 'share_jump' END, specialty, NULL,
    qty, NULL, NULL, share, share_before, from_date, to_date
  FROM jumped
  UNION ALL
  SELECT hospital, dept, item, '用量', year, 'no_visits', specialty, NULL, qty, NULL, NULL, NULL, NULL, from_date, to_date
  FROM unknown
)
SELECT
  hospital, dept, item, issue,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'no_visits' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'no_visits' THEN NULL WHEN reason IN ('explained', 'jump_explained') THEN 'blue' ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'over_peers' THEN least(80, 40 + months_high * 5) WHEN 'share_jump' THEN least(80, 30 + floor(share * 50))
    WHEN 'explained' THEN 10 WHEN 'jump_explained' THEN 10
  END AS INTEGER) AS score,
  reason,
  reason IN ('explained', 'jump_explained') AS explainable,
  specialty, CAST(months_high AS BIGINT) AS months_high, CAST(qty AS DECIMAL(18, 2)) AS qty,
  CAST(round(per_visit, 4) AS DECIMAL(14, 4)) AS per_visit, CAST(round(mean, 4) AS DECIMAL(14, 4)) AS peer_mean,
  CAST(round(share, 4) AS DECIMAL(8, 4)) AS share, CAST(round(share_before, 4) AS DECIMAL(8, 4)) AS share_before,
  from_date, to_date
FROM found
