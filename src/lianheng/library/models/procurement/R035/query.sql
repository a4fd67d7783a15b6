WITH lone AS (
  SELECT p, min(tenderer) FILTER (status = '"valid"') AS tenderer
  FROM bidder
  WHERE status IN ('"valid"', '"disqualified"')
  GROUP BY p
  HAVING min(tenderer) FILTER (status = '"valid"') = max(tenderer) FILTER (status = '"valid"')
    AND count(*) FILTER (status = '"disqualified"') > 0
),
final AS (
  SELECT p, tenderer FROM lone SEMI JOIN decision ON decision.p = lone.p AND final AND active > 0
),
supplied AS (
  SELECT p, list_distinct(flatten(list(texts(suppliers)))) AS suppliers
  FROM award SEMI JOIN final USING (p)
  WHERE status = '"active"'
  GROUP BY p
),
others AS (
  SELECT final.p, any_value(final.tenderer) AS tenderer, count(DISTINCT bidder.tenderer) AS disqualified
  FROM final JOIN supplied ON supplied.p = final.p AND suppliers = [final.tenderer]
  JOIN bidder ON bidder.p = final.p AND status = '"disqualified"' AND bidder.tenderer <> final.tenderer
  GROUP BY final.p
  HAVING count(DISTINCT bidder.tenderer) >= greatest(1, $threshold)
)
SELECT p, 'OCID' AS grp, ocid AS id, disqualified::DOUBLE AS value, NULL AS via
FROM others JOIN process ON process.rowid = p
UNION ALL
SELECT p, 'Tenderer', tenderer, 0.0, ocid FROM others JOIN process ON process.rowid = p
