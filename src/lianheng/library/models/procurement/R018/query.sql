WITH competitive AS (
  SELECT p, ocid, number_of_tenderers
  FROM process
  WHERE NOT EXISTS (SELECT 1 FROM setting_list WHERE setting = 'R018.procurement_methods')
    OR method IN (SELECT entry FROM setting_list WHERE setting = 'R018.procurement_methods')
),
found AS (
  SELECT 'OCID' AS grp, ocid AS id, 'flag' AS result, 'single_bid' AS reason, CAST(1 AS DOUBLE) AS value,
    CAST(NULL AS VARCHAR) AS via, p AS line
  FROM competitive
  WHERE number_of_tenderers = 1
  UNION ALL
  SELECT 'OCID', ocid, 'cannot_tell', 'no_number', NULL, NULL, p
  FROM competitive
  WHERE number_of_tenderers IS NULL
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
