WITH far AS (
  SELECT p, ocid, winner, difference
  FROM difference
  WHERE NOT undefined AND difference >= (SELECT value FROM fence WHERE name = 'R058.upper_fence')
),
found AS (
  SELECT 'OCID' AS grp, ocid AS id, 'flag' AS result, 'far_below' AS reason, difference AS value,
    CAST(NULL AS VARCHAR) AS via, p AS line
  FROM far
  UNION ALL
  SELECT 'Tenderer', winner, 'flag', 'far_winner', CAST(0 AS DOUBLE), ocid, p
  FROM far
  UNION ALL
  SELECT 'OCID', ocid, 'cannot_tell', 'no_comparison', NULL, NULL, p
  FROM process
  WHERE NOT EXISTS (SELECT 1 FROM difference WHERE difference.p = process.p)
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
