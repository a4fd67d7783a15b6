WITH late AS (
  SELECT p, ocid, tenderers
  FROM bid
  WHERE bid.status = '"valid"' AND after(text_or_null(date), period_end)
),
supplied AS (
  SELECT p, flatten(list(texts(suppliers))) AS suppliers
  FROM award SEMI JOIN late USING (p)
  WHERE status = '"active"'
  GROUP BY p
),
won AS (
  SELECT p, ocid, unnest(list_intersect(texts(tenderers), suppliers)) AS tenderer
  FROM late JOIN supplied USING (p)
)
SELECT DISTINCT p, 'OCID' AS grp, ocid AS id, 1.0::DOUBLE AS value, NULL AS via FROM won
UNION ALL
SELECT DISTINCT p, 'Tenderer', tenderer, 1.0, ocid FROM won
