WITH priced AS (
  SELECT p, b, amount, currency
  FROM bid
  WHERE comparable AND amount IS NOT NULL
),
alike AS (
  SELECT p, amount, currency FROM priced GROUP BY p, amount, currency HAVING count(*) > 1
),
-- The same tenderers twice are one offer.
named AS (
  SELECT priced.p, priced.b, priced.amount, priced.currency,
    string_agg(DISTINCT bidder.tenderer, ',' ORDER BY bidder.tenderer) AS names
  FROM priced
  JOIN alike ON alike.p = priced.p AND alike.amount = priced.amount AND alike.currency = priced.currency
  JOIN bidder ON bidder.b = priced.b
  GROUP BY priced.p, priced.b, priced.amount, priced.currency
),
tied AS (
  SELECT p, amount, currency FROM named GROUP BY p, amount, currency HAVING count(DISTINCT names) > 1
),
identical AS (
  SELECT DISTINCT process.p, process.ocid FROM tied JOIN process ON process.p = tied.p
),
offered AS (
  SELECT DISTINCT process.p, process.ocid, bidder.tenderer
  FROM tied
  JOIN priced ON priced.p = tied.p AND priced.amount = tied.amount AND priced.currency = tied.currency
  JOIN bidder ON bidder.b = priced.b
  JOIN process ON process.p = tied.p
),
found AS (
  SELECT 'OCID' AS grp, ocid AS id, 'flag' AS result, 'identical_prices' AS reason, CAST(1 AS DOUBLE) AS value,
    CAST(NULL AS VARCHAR) AS via, p AS line
  FROM identical
  UNION ALL
  SELECT 'Tenderer', tenderer, 'flag', 'same_price', CAST(1 AS DOUBLE), ocid, p
  FROM offered
  UNION ALL
  SELECT 'OCID', ocid, 'cannot_tell', 'no_prices', NULL, NULL, p
  FROM process
  WHERE comparable AND NOT EXISTS (SELECT 1 FROM priced WHERE priced.p = process.p)
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
