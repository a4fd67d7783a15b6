WITH let AS (
  SELECT DISTINCT asset_no
  FROM village_contract
  WHERE from_date <= $today AND coalesce(revised_to, to_date, $today) >= $today
),
ended AS (
  SELECT asset_no, max(coalesce(revised_to, to_date)) AS last_end
  FROM village_contract
  WHERE coalesce(revised_to, to_date) < $today
  GROUP BY asset_no
),
-- An old image still says what was seen on its day; alone it decides nothing (recent).
image AS (
  SELECT asset_no, image_date, area_used, date_diff('day', image_date, $today) <= $image_days AS recent
  FROM asset_imagery
  WHERE image_date <= $today
  QUALIFY row_number() OVER (PARTITION BY asset_no ORDER BY image_date DESC) = 1
),
-- Idle since the village says so, or since the last contract ended if that was later or the village says nothing.
known AS (
  SELECT a.asset_no, a.village, a.village_name, a.asset_name, a.kind, nullif(a.booked_area, 0) AS booked_area,
    a.vacant_since, a.reserve_no, coalesce(a.seasonal, FALSE) AS seasonal, i.image_date, i.area_used,
    coalesce(i.recent, FALSE) AS recent, l.asset_no IS NOT NULL AS let,
    coalesce(e.last_end >= coalesce(a.vacant_since, e.last_end), FALSE) AS after_contract,
    CASE WHEN e.last_end >= coalesce(a.vacant_since, e.last_end) THEN e.last_end ELSE a.vacant_since END AS idle_from,
    coalesce(a.kind LIKE '%门面%' OR a.kind LIKE '%房%' OR a.kind LIKE '%店%' OR a.kind LIKE '%铺%'
      OR a.kind LIKE '%仓%' OR a.kind LIKE '%楼%', FALSE) AS building
  FROM village_asset AS a
  LEFT JOIN let AS l ON l.asset_no = a.asset_no
  LEFT JOIN ended AS e ON e.asset_no = a.asset_no
  LEFT JOIN image AS i ON i.asset_no = a.asset_no
),
measured AS (
  SELECT *, CASE WHEN building THEN $min_building ELSE $min_area END AS least_area FROM known
),
asset AS (
  SELECT *, date_diff('day', idle_from, $today) AS days,
    coalesce(area_used >= least_area AND image_date > idle_from, FALSE) AS seen_in_use,
    coalesce(area_used < least_area AND image_date > idle_from, FALSE) AS seen_empty
  FROM measured
),
found AS (
  SELECT asset_no, '闲置' AS issue, CASE
      WHEN seasonal THEN 'used_seasonal'
      WHEN vacant_since IS NULL AND NOT (recent AND (seen_in_use OR seen_empty)) THEN 'use_unknown'
      WHEN seen_in_use AND after_contract THEN 'used_after_contract' WHEN seen_in_use THEN 'used_without_contract'
      WHEN reserve_no IS NOT NULL THEN 'reserved' WHEN after_contract THEN 'idle_after_contract' ELSE 'idle'
    END AS reason, CAST(extract(year FROM idle_from) AS BIGINT) AS year
  FROM asset
  WHERE NOT let AND days > $d0 AND coalesce(booked_area, least_area) >= least_area AND (seen_in_use OR NOT seasonal)
  UNION ALL
  SELECT asset_no, '账实', CASE WHEN booked_area IS NULL THEN 'no_booked_area' ELSE 'larger_than_booked' END,
    CAST(extract(year FROM image_date) AS BIGINT)
  FROM asset
  -- The eaves of a building are no area.
  WHERE recent AND NOT building AND area_used >= least_area AND (booked_area IS NULL
    OR (area_used > booked_area * (1 + $a0) AND area_used - booked_area >= least_area))
)
SELECT
  n.asset_no, n.issue,
  CAST(n.year AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('no_booked_area', 'use_unknown') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason IN ('no_booked_area', 'use_unknown') THEN NULL
      WHEN n.reason IN ('reserved', 'used_seasonal') THEN 'blue'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE
    WHEN n.reason = 'used_without_contract' THEN 70
    WHEN n.reason IN ('larger_than_booked', 'used_after_contract') THEN 50
    WHEN n.reason IN ('idle', 'idle_after_contract') THEN least(60, 30 + floor(ratio(a.days, 100, 2)))
    WHEN n.reason IN ('reserved', 'used_seasonal') THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('reserved', 'used_seasonal') AS explainable,
  a.village, a.village_name, a.asset_name, a.kind, a.booked_area,
  CASE WHEN a.booked_area IS NULL THEN '面积没有登记' ELSE concat(CAST(a.booked_area AS VARCHAR), '亩') END AS size,
    a.area_used,
  CAST(ratio(a.area_used - a.booked_area, a.booked_area, 4) AS DECIMAL(12, 4)) AS over_share,
    a.idle_from AS vacant_since,
  CAST(a.days AS BIGINT) AS days, a.image_date
FROM found AS n
JOIN asset AS a ON a.asset_no = n.asset_no
