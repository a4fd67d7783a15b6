WITH counted AS (
  SELECT grp, id, ratio, CASE
    WHEN grp = 'Tenderer' THEN submitted >= $minimum_submitted_bids
    ELSE submitted >= $minimum_contracting_processes END AS enough
  FROM disqualification
),
found AS (
  SELECT counted.grp, counted.id, 'flag' AS result, 'often_disqualified' AS reason, counted.ratio AS value,
    CAST(NULL AS VARCHAR) AS via, CAST(NULL AS BIGINT) AS line
  FROM counted
  JOIN fence ON fence.name = concat('R038.', counted.grp, '_upper_fence')
  WHERE counted.enough AND counted.ratio >= fence.value
  UNION ALL
  SELECT grp, id, 'cannot_tell', 'too_few_bids', ratio, NULL, NULL
  FROM counted
  WHERE NOT enough
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
