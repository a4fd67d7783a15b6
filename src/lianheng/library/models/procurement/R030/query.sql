WITH won AS (
  SELECT DISTINCT process.p, process.ocid, bidder.tenderer
  FROM award_supplier
  JOIN bidder ON bidder.p = award_supplier.p AND bidder.tenderer = award_supplier.supplier
  JOIN bid ON bid.b = bidder.b
  JOIN process ON process.p = bidder.p
  WHERE award_supplier.status = 'active' AND bidder.status = 'valid' AND bid.date > process.period_end
),
flagged AS (
  SELECT DISTINCT p, ocid FROM won
),
found AS (
  SELECT 'OCID' AS grp, ocid AS id, 'flag' AS result, 'late_bid_won' AS reason, CAST(1 AS DOUBLE) AS value,
    CAST(NULL AS VARCHAR) AS via, p AS line
  FROM flagged
  UNION ALL
  SELECT 'Tenderer', tenderer, 'flag', 'won_late', CAST(1 AS DOUBLE), ocid, p
  FROM won
  UNION ALL
  SELECT 'OCID', ocid, 'cannot_tell', 'no_deadline', NULL, NULL, p
  FROM process
  WHERE period_end IS NULL
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
