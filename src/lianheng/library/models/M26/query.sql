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
  SELECT e.hospital, e.dept, e.item, e.year, e.month_no
  FROM high AS e
  JOIN high AS b ON b.hospital = e.hospital AND b.dept = e.dept AND b.item = e.item
    AND b.month_no BETWEEN e.month_no - $months + 1 AND e.month_no
  GROUP BY e.hospital, e.dept, e.item, e.year, e.month_no
  HAVING count(*) = $months
),
-- Every month of a run, each once.
in_run AS (
  SELECT DISTINCT e.year AS run_year, h.hospital, h.dept, h.item, h.specialty, h.month_start, h.qty, h.per_visit, h.mean,
    h.told
  FROM run_end AS e
  JOIN high AS h ON h.hospital = e.hospital AND h.dept = e.dept AND h.item = e.item
    AND h.month_no BETWEEN e.month_no - $months + 1 AND e.month_no
),
over_peers AS (
  SELECT hospital, dept, item, run_year AS year, max(specialty) AS specialty, count(*) AS months_high, sum(qty) AS qty,
    max(per_visit) AS per_visit, max(mean) AS mean, min(month_start) AS from_date, max(month_start) AS to_date,
    bool_and(told) AS told
  FROM in_run
  GROUP BY hospital, dept, item, run_year
),
dept_total AS (
  SELECT hospital, dept, month_no, min(month_start) AS month_start, sum(qty) AS total
  FROM monthly
  GROUP BY hospital, dept, month_no
),
shared AS (
  SELECT m.*, ratio(m.qty, t.total, 6) AS share
  FROM monthly AS m
  JOIN dept_total AS t ON t.hospital = m.hospital AND t.dept = m.dept AND t.month_no = m.month_no
),
-- An item that is new had no share of what the department used the month before. Where many departments of a hospital turn
-- to it in one month, the hospital has changed what it buys.
leaps AS (
  SELECT n.hospital, n.dept, n.item, n.year, n.specialty, n.qty, n.share, coalesce(b.share, 0) AS share_before, n.told,
    t.month_start AS from_date, n.month_start AS to_date, count(*) OVER (PARTITION BY n.hospital, n.item, n.month_no) AS depts
  FROM shared AS n
  JOIN dept_total AS t ON t.hospital = n.hospital AND t.dept = n.dept AND t.month_no = n.month_no - 1
  LEFT JOIN shared AS b ON b.hospital = n.hospital AND b.dept = n.dept AND b.item = n.item
    AND b.month_no = n.month_no - 1
  WHERE n.share - coalesce(b.share, 0) >= $jump AND n.qty >= $min_qty
),
jumped AS (
  SELECT *
  FROM leaps
  QUALIFY row_number() OVER (
    PARTITION BY hospital, dept, item, year
    ORDER BY CASE WHEN told THEN 2 WHEN depts >= $together THEN 1 ELSE 0 END, share - share_before DESC, to_date
  ) = 1
),
-- A department whose specialty is not known, or that is one of few, is compared with nobody all the year.
alone AS (
  SELECT m.hospital, m.dept, m.year, max(m.specialty) AS specialty, sum(m.qty) AS qty, min(m.month_start) AS from_date,
    max(m.month_start) AS to_date
  FROM monthly AS m
  LEFT JOIN measured AS p ON p.hospital = m.hospital AND p.dept = m.dept AND p.item = m.item
    AND p.month_no = m.month_no AND p.others >= $peers
  GROUP BY m.hospital, m.dept, m.year
  HAVING count(p.others) = 0 AND count(m.per_visit) > 0 AND max(m.qty) >= $min_qty
),
unknown AS (
  SELECT hospital, dept, item, year, max(specialty) AS specialty, sum(qty) AS qty, min(month_start) AS from_date,
    max(month_start) AS to_date
  FROM monthly
  GROUP BY hospital, dept, item, year
  HAVING count(per_visit) = 0 AND max(qty) >= $min_qty
),
found AS (
  SELECT hospital, dept, item, '用量' AS issue, year, CASE WHEN told THEN 'explained' ELSE 'over_peers' END AS reason,
    specialty, months_high, qty, per_visit, mean, CAST(NULL AS DECIMAL(18, 6)) AS share,
    CAST(NULL AS DECIMAL(18, 6)) AS share_before, from_date, to_date
  FROM over_peers
  UNION ALL
  SELECT hospital, dept, item, '占比', year, CASE WHEN told THEN 'jump_explained' WHEN depts >= $together THEN 'jump_together'
      ELSE 'share_jump' END, specialty, NULL,
    qty, NULL, NULL, share, share_before, from_date, to_date
  FROM jumped
  UNION ALL
  SELECT hospital, dept, item, '用量', year, 'no_visits', specialty, NULL, qty, NULL, NULL, NULL, NULL, from_date, to_date
  FROM unknown
  UNION ALL
  SELECT hospital, dept, '全部品种', '用量', year, 'no_peers', specialty, NULL, qty, NULL, NULL, NULL, NULL, from_date,
    to_date
  FROM alone
)
SELECT
  hospital, dept, item, issue,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IN ('no_visits', 'no_peers') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason IN ('no_visits', 'no_peers') THEN NULL WHEN reason IN ('explained', 'jump_explained', 'jump_together') THEN 'blue'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'over_peers' THEN least(80, 40 + months_high * 5) WHEN 'share_jump' THEN least(80, 30 + floor(share * 50))
    WHEN 'explained' THEN 10 WHEN 'jump_explained' THEN 10 WHEN 'jump_together' THEN 10
  END AS INTEGER) AS score,
  reason,
  reason IN ('explained', 'jump_explained', 'jump_together') AS explainable,
  specialty, CAST(months_high AS BIGINT) AS months_high, CAST(qty AS DECIMAL(18, 2)) AS qty,
  CAST(round(per_visit, 4) AS DECIMAL(14, 4)) AS per_visit, CAST(round(mean, 4) AS DECIMAL(14, 4)) AS peer_mean,
  CAST(round(share, 4) AS DECIMAL(8, 4)) AS share, CAST(round(share_before, 4) AS DECIMAL(8, 4)) AS share_before,
  from_date, to_date
FROM found
