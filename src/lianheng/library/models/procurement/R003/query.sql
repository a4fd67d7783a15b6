WITH days AS (
  SELECT
    process.p, process.ocid, period.days,
    coalesce(own.days, $threshold) AS threshold
  FROM process
  LEFT JOIN period ON period.p = process.p
  LEFT JOIN setting_list AS own
    ON own.setting = 'R003.procurement_method_details' AND own.entry = process.details
  WHERE NOT EXISTS (SELECT 1 FROM setting_list WHERE setting = 'R003.procurement_methods')
    OR process.method IN (SELECT entry FROM setting_list WHERE setting = 'R003.procurement_methods')
),
found AS (
  SELECT 'OCID' AS grp, ocid AS id, 'flag' AS result, 'short_period' AS reason, CAST(1 AS DOUBLE) AS value,
    CAST(NULL AS VARCHAR) AS via, p AS line
  FROM days
  WHERE days < threshold
  UNION ALL
  SELECT 'OCID', ocid, 'cannot_tell', 'no_period', NULL, NULL, p
  FROM days
  WHERE days IS NULL
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
