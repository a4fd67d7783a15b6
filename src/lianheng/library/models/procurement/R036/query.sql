WITH lowest AS (
  SELECT
    p, any_value(ocid) AS ocid,
    min(amount) FILTER (status = '"disqualified"') AS refused,
    min(amount) FILTER (status <> '"disqualified"') AS other
  FROM bid
  WHERE comparable AND amount IS NOT NULL AND currency = (SELECT currency FROM main_currency)
  GROUP BY p
  HAVING count(*) FILTER (status = '"valid"') > 0
),
decided AS (
  SELECT lowest.* FROM lowest SEMI JOIN decision ON decision.p = lowest.p AND active > 0 WHERE refused <= other
),
-- Of equal bids the first in the file is the lowest.
tied AS (
  SELECT bid.p, arg_min(status, bid.rowid) AS status
  FROM bid JOIN decided ON decided.p = bid.p AND refused = other AND amount = refused
  WHERE currency = (SELECT currency FROM main_currency)
  GROUP BY bid.p
)
SELECT decided.p, 'OCID' AS grp, ocid AS id, 1.0::DOUBLE AS value, NULL AS via
FROM decided LEFT JOIN tied ON tied.p = decided.p
WHERE refused < other OR tied.status = '"disqualified"'
