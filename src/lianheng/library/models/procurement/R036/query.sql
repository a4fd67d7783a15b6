WITH lowest AS (
  SELECT
    p,
    min(CASE WHEN status = 'disqualified' THEN amount END) AS refused,
    min(CASE WHEN status <> 'disqualified' THEN amount END) AS other
  FROM bid
  WHERE comparable AND amount IS NOT NULL AND currency = (SELECT currency FROM main_currency)
  GROUP BY p
  HAVING count(CASE WHEN status = 'valid' THEN 1 END) > 0
),
decided AS (
  SELECT lowest.p, lowest.refused, lowest.other
  FROM lowest
  JOIN decision ON decision.p = lowest.p AND decision.active > 0
  WHERE lowest.refused <= lowest.other
),
-- Of equal bids the first in the file is the lowest.
first_of_equals AS (
  SELECT bid.p, min(bid.b) AS b
  FROM bid
  JOIN decided ON decided.p = bid.p AND decided.refused = decided.other AND bid.amount = decided.refused
  WHERE bid.currency = (SELECT currency FROM main_currency)
  GROUP BY bid.p
),
refused AS (
  SELECT p FROM decided WHERE refused < other
  UNION ALL
  SELECT bid.p
  FROM first_of_equals
  JOIN bid ON bid.b = first_of_equals.b AND bid.status = 'disqualified'
),
found AS (
  SELECT 'OCID' AS grp, process.ocid AS id, 'flag' AS result, 'lowest_disqualified' AS reason,
    CAST(1 AS DOUBLE) AS value, CAST(NULL AS VARCHAR) AS via, process.p AS line
  FROM refused
  JOIN process ON process.p = refused.p
  UNION ALL
  SELECT 'OCID', ocid, 'cannot_tell', 'not_awarded', NULL, NULL, p
  FROM process
  WHERE comparable AND NOT EXISTS (SELECT 1 FROM decision WHERE decision.p = process.p AND decision.active > 0)
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
