WITH found AS (
  SELECT 'Tenderer' AS grp, supplier AS id, 'flag' AS result, 'many_classes' AS reason,
    CAST(variety AS DOUBLE) AS value, CAST(NULL AS VARCHAR) AS via, CAST(NULL AS BIGINT) AS line
  FROM supply
  WHERE processes >= $minimum_contracting_processes
    AND variety >= (SELECT value FROM fence WHERE name = 'R048.upper_fence')
  UNION ALL
  SELECT 'Tenderer', supplier, 'cannot_tell', 'too_few_processes', CAST(variety AS DOUBLE), NULL, NULL
  FROM supply
  WHERE processes < $minimum_contracting_processes
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
