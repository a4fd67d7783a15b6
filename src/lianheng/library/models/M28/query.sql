WITH claimed AS (
  SELECT g.*, f.staff, f.group_name, coalesce(a.land = 0 AND a.equipment = 0, FALSE) AS nothing_there,
    NOT coalesce(a.land = 0 AND a.equipment = 0, FALSE) AND coalesce(a.land, 0) = 0 AND coalesce(a.equipment, 0) = 0
      AS unknown_asset
  FROM firm_grant AS g
  LEFT JOIN firm AS f ON f.firm = g.firm
  LEFT JOIN firm_asset AS a ON a.firm = g.firm
  WHERE g.amount >= $min_amount
),
told AS (
  SELECT grant_a AS one, grant_b AS other, similarity FROM grant_similarity
  UNION ALL
  SELECT grant_b, grant_a, similarity FROM grant_similarity
),
-- Equal texts and alike ones; of two grants the later is the one asked about, the earlier may be small.
pair AS (
  SELECT b.grant_no, a.grant_no AS other_grant, CAST(1 AS DECIMAL(5, 4)) AS alike, 1 AS equal, a.firm = b.firm AS same_firm
  FROM claimed AS b
  JOIN firm_grant AS a ON a.project_key = b.project_key AND a.programme <> b.programme
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.grant_no < b.grant_no))
  UNION ALL
  SELECT b.grant_no, a.grant_no, t.similarity, 0, a.firm = b.firm
  FROM told AS t
  JOIN claimed AS b ON b.grant_no = t.one
  JOIN firm_grant AS a ON a.grant_no = t.other AND a.programme <> b.programme
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.grant_no < b.grant_no))
  WHERE t.similarity >= $similarity
),
-- The same pair may be told from either side; the most alike speaks.
twice AS (
  SELECT grant_no, other_grant, alike, equal, same_firm
  FROM (SELECT DISTINCT grant_no, other_grant, alike, equal, same_firm FROM pair) AS pairs
  QUALIFY row_number() OVER (
    PARTITION BY grant_no
    ORDER BY CASE WHEN same_firm THEN 0 ELSE 1 END, equal DESC, alike DESC, other_grant
  ) = 1
),
reused AS (
  SELECT b.grant_no, a.grant_no AS other_grant, p.photo_hash,
    CASE WHEN a.firm = b.firm AND a.programme = b.programme AND date_diff('day', a.pay_date, b.pay_date) <= 366 THEN 1
      ELSE 0 END AS batch
  FROM grant_photo AS p
  JOIN grant_photo AS q ON q.photo_hash = p.photo_hash AND q.grant_no <> p.grant_no
  JOIN claimed AS b ON b.grant_no = p.grant_no
  JOIN firm_grant AS a ON a.grant_no = q.grant_no
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.grant_no < b.grant_no))
),
-- Two batches that one firm files in one programme within a year may show the same site; a picture of any other grant goes first.
photo AS (
  SELECT grant_no, batch, min(other_grant) AS other_grant, count(DISTINCT photo_hash) AS photos
  FROM reused
  GROUP BY grant_no, batch
  QUALIFY row_number() OVER (PARTITION BY grant_no ORDER BY batch) = 1
),
found AS (
  SELECT grant_no, '重复' AS issue, CASE WHEN NOT same_firm THEN 'same_text' WHEN equal = 1 THEN 'double_claim'
      ELSE 'alike_claim' END AS reason, other_grant,
    CAST(NULL AS BIGINT) AS photos, alike
  FROM twice
  UNION ALL
  SELECT grant_no, '重复', 'not_compared', NULL, NULL, NULL
  FROM claimed
  WHERE project_key IS NULL AND grant_no NOT IN (SELECT one FROM told)
  UNION ALL
  SELECT grant_no, '照片', CASE WHEN batch = 1 THEN 'photo_batch' ELSE 'photo_reused' END, other_grant, photos, NULL FROM photo
  UNION ALL
  SELECT grant_no, '条件', CASE
      WHEN needs_site AND nothing_there THEN 'no_site'
      WHEN staff <= $employees AND group_name IS NULL THEN 'no_staff'
      WHEN staff <= $employees THEN 'group_staff'
      WHEN needs_site AND unknown_asset THEN 'no_asset_data'
      ELSE 'no_staff_data'
    END, NULL, NULL, NULL
  FROM claimed
  WHERE staff IS NULL OR staff <= $employees OR (needs_site AND (unknown_asset OR nothing_there))
  UNION ALL
  SELECT grant_no, '早拨', CASE WHEN accepted_on IS NULL THEN 'not_accepted' ELSE 'before_acceptance' END, NULL, NULL,
    NULL
  FROM claimed
  WHERE advance_no IS NULL AND (accepted_on IS NULL OR date_diff('day', pay_date, accepted_on) > $early)
)
SELECT
  n.grant_no, n.issue,
  CAST(CAST(extract(year FROM c.pay_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('no_asset_data', 'no_staff_data', 'not_compared') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason IN ('no_asset_data', 'no_staff_data', 'not_compared') THEN NULL WHEN n.reason IN ('group_staff', 'photo_batch') THEN 'blue'
    WHEN n.reason IN ('double_claim', 'photo_reused') THEN 'red' ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'double_claim' THEN 85 WHEN 'photo_reused' THEN 80 WHEN 'alike_claim' THEN 75 WHEN 'no_site' THEN 65 WHEN 'no_staff' THEN 65
    WHEN 'same_text' THEN 65 WHEN 'before_acceptance' THEN 45 WHEN 'not_accepted' THEN 45 WHEN 'group_staff' THEN 10
    WHEN 'photo_batch' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('group_staff', 'photo_batch') AS explainable,
  c.firm, c.firm_name, c.programme, c.project_title, c.amount, c.pay_date, c.accepted_on, n.other_grant,
  n.alike, c.staff AS staff_count, n.photos
FROM found AS n
JOIN claimed AS c ON c.grant_no = n.grant_no
