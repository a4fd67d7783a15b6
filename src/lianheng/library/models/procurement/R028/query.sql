WITH priced AS (
  SELECT p, rowid AS b, ocid, amount, currency, tenderers
  FROM bid
  WHERE comparable AND amount IS NOT NULL
),
alike AS (
  SELECT p, amount, currency FROM priced GROUP BY p, amount, currency HAVING count(*) > 1
),
named AS (
  SELECT p, ocid, amount, currency, list_sort(list_distinct(texts(tenderers))) AS ids
  FROM priced SEMI JOIN alike USING (p, amount, currency)
  WHERE len(texts(tenderers)) > 0
),
tied AS (
  SELECT p, any_value(ocid) AS ocid, list_distinct(flatten(list(ids))) AS ids
  FROM named
  GROUP BY p, amount, currency
  HAVING count(DISTINCT ids) > 1
)
SELECT DISTINCT p, 'OCID' AS grp, ocid AS id, 1.0::DOUBLE AS value, NULL AS via FROM tied
UNION ALL
SELECT DISTINCT p, 'Tenderer', unnest(ids), 1.0, ocid FROM tied
