WITH claimed AS (
  SELECT g.*, f.staff, f.group_name, a.firm IS NULL AS unknown_asset,
    coalesce(a.land, 0) = 0 AND coalesce(a.equipment, 0) = 0 AS nothing_there
  FROM firm_grant AS g
  LEFT JOIN firm AS f ON f.firm = g.firm
  LEFT JOIN firm_asset AS a ON a.firm = g.firm
  WHERE g.amount >= $min_amount
),
-- The later of two is the one asked about.
twice AS (
  SELECT b.grant_no, min(a.grant_no) AS other_grant
  FROM claimed AS a
  JOIN claimed AS b ON b.project_key = a.project_key AND b.programme <> a.programme
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.grant_no < b.grant_no))
  GROUP BY b.grant_no
),
photo AS (
  SELECT b.grant_no, min(a.grant_no) AS other_grant, count(DISTINCT p.photo_hash) AS photos
  FROM grant_photo AS p
  JOIN grant_photo AS q ON q.photo_hash = p.photo_hash AND q.grant_no <> p.grant_no
  JOIN claimed AS b ON b.grant_no = p.grant_no
  JOIN claimed AS a ON a.grant_no = q.grant_no
    AND (a.pay_date < b.pay_date OR (a.pay_date = b.pay_date AND a.grant_no < b.grant_no))
  GROUP BY b.grant_no
),
found AS (
  SELECT grant_no, '重复' AS issue, 'double_claim' AS reason, other_grant, CAST(NULL AS BIGINT) AS photos FROM twice
  UNION ALL
  SELECT grant_no, '照片', 'photo_reused', other_grant, photos FROM photo
  UNION ALL
  SELECT grant_no, '条件', CASE
      WHEN needs_site AND NOT unknown_asset AND nothing_there THEN 'no_site_or_staff'
      WHEN staff <= $employees AND group_name IS NULL THEN 'no_site_or_staff'
      WHEN staff <= $employees THEN 'group_staff'
      ELSE 'no_asset_data'
    END, NULL, NULL
  FROM claimed
  WHERE staff <= $employees OR (needs_site AND (unknown_asset OR nothing_there))
  UNION ALL
  SELECT grant_no, '早拨', 'before_acceptance', NULL, NULL
  FROM claimed
  WHERE advance_no IS NULL AND (accepted_on IS NULL OR date_diff('day', pay_date, accepted_on) > $early)
)
SELECT
  n.grant_no, n.issue,
  CAST(CAST(extract(year FROM c.pay_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN n.reason = 'no_asset_data' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason = 'no_asset_data' THEN NULL WHEN n.reason = 'group_staff' THEN 'blue'
    WHEN n.reason IN ('double_claim', 'photo_reused') THEN 'red' ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'double_claim' THEN 85 WHEN 'photo_reused' THEN 80 WHEN 'no_site_or_staff' THEN 65 WHEN 'before_acceptance' THEN 45
    WHEN 'group_staff' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason = 'group_staff' AS explainable,
  c.firm, c.firm_name, c.programme, c.project_title, c.amount, c.pay_date, c.accepted_on, n.other_grant,
  c.staff AS staff_count, n.photos
FROM found AS n
JOIN claimed AS c ON c.grant_no = n.grant_no
