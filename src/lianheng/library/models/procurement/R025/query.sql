WITH frequent AS (
  SELECT tenderer, ratio
  FROM tendering
  WHERE processes >= (SELECT value FROM fence WHERE name = 'R025.upper_fence')
),
found AS (
  SELECT 'Tenderer' AS grp, tenderer AS id, 'flag' AS result, 'rarely_wins' AS reason, ratio AS value,
    CAST(NULL AS VARCHAR) AS via, CAST(NULL AS BIGINT) AS line
  FROM frequent
  WHERE ratio <= (SELECT value FROM fence WHERE name = 'R025.lower_fence')
  UNION ALL
  SELECT 'Tenderer', tenderer, 'cannot_tell', 'no_fence', ratio, NULL, NULL
  FROM frequent
  WHERE NOT EXISTS (SELECT 1 FROM fence WHERE name = 'R025.lower_fence')
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
