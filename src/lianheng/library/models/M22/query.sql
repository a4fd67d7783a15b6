WITH let AS (
  SELECT DISTINCT asset_no
  FROM village_contract
  WHERE from_date <= $today AND coalesce(revised_to, to_date, $today) >= $today
),
image AS (
  SELECT asset_no, image_date, area_used
  FROM asset_imagery
  WHERE date_diff('day', image_date, $today) BETWEEN 0 AND $image_days
  QUALIFY row_number() OVER (PARTITION BY asset_no ORDER BY image_date DESC) = 1
),
asset AS (
  SELECT a.*, i.image_date, i.area_used, l.asset_no IS NOT NULL AS let,
    date_diff('day', a.vacant_since, $today) AS days,
    coalesce(i.area_used >= $min_area AND i.image_date > a.vacant_since, FALSE) AS seen_in_use
  FROM village_asset AS a
  LEFT JOIN let AS l ON l.asset_no = a.asset_no
  LEFT JOIN image AS i ON i.asset_no = a.asset_no
),
found AS (
  SELECT asset_no, '闲置' AS issue, CASE
      WHEN seen_in_use THEN 'used_without_contract' WHEN reserve_no IS NOT NULL THEN 'reserved' ELSE 'idle'
    END AS reason, CAST(extract(year FROM vacant_since) AS BIGINT) AS year
  FROM asset
  WHERE NOT let AND NOT coalesce(seasonal, FALSE) AND days > $d0 AND coalesce(booked_area, $min_area) >= $min_area
  UNION ALL
  SELECT asset_no, '账实', CASE WHEN booked_area IS NULL THEN 'no_booked_area' ELSE 'larger_than_booked' END,
    CAST(extract(year FROM image_date) AS BIGINT)
  FROM asset
  WHERE area_used >= $min_area AND (booked_area IS NULL
    OR (area_used > booked_area * (1 + $a0) AND area_used - booked_area >= $min_area))
)
SELECT
  n.asset_no, n.issue,
  CAST(n.year AS VARCHAR) AS period,
  CASE WHEN n.reason = 'no_booked_area' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason = 'no_booked_area' THEN NULL WHEN n.reason = 'reserved' THEN 'blue' ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'used_without_contract' THEN 70 WHEN 'larger_than_booked' THEN 50
    WHEN 'idle' THEN least(60, 30 + floor(ratio(a.days, 100, 2))) WHEN 'reserved' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason = 'reserved' AS explainable,
  a.village, a.village_name, a.asset_name, a.kind, a.booked_area, a.area_used,
  CAST(ratio(a.area_used - a.booked_area, a.booked_area, 4) AS DECIMAL(12, 4)) AS over_share, a.vacant_since,
  CAST(a.days AS BIGINT) AS days, a.image_date
FROM found AS n
JOIN asset AS a ON a.asset_no = n.asset_no
