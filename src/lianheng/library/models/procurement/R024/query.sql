WITH close AS (
  SELECT p, ocid, winner, other, difference
  FROM difference
  WHERE NOT undefined AND difference <= (SELECT value FROM fence WHERE name = 'R024.lower_fence')
),
-- The runner-up is who first offered the lowest other amount.
first_offer AS (
  SELECT close.p, close.ocid, min(contest.b) AS b
  FROM close
  JOIN contest ON contest.p = close.p AND contest.amount = close.other AND contest.tenderer <> close.winner
  WHERE contest.comparable AND contest.currency = (SELECT currency FROM main_currency)
  GROUP BY close.p, close.ocid
),
found AS (
  SELECT 'OCID' AS grp, ocid AS id, 'flag' AS result, 'close_price' AS reason, difference AS value,
    CAST(NULL AS VARCHAR) AS via, p AS line
  FROM close
  UNION ALL
  SELECT 'Tenderer', winner, 'flag', 'close_winner', CAST(0 AS DOUBLE), ocid, p
  FROM close
  UNION ALL
  SELECT 'Tenderer', contest.tenderer, 'flag', 'close_runner_up', CAST(0 AS DOUBLE), first_offer.ocid, first_offer.p
  FROM first_offer
  JOIN contest ON contest.b = first_offer.b
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
