WITH lone AS (
  SELECT p, min(CASE WHEN status = 'valid' THEN tenderer END) AS tenderer
  FROM bidder
  WHERE status IN ('valid', 'disqualified')
  GROUP BY p
  HAVING min(CASE WHEN status = 'valid' THEN tenderer END) = max(CASE WHEN status = 'valid' THEN tenderer END)
    AND count(CASE WHEN status = 'disqualified' THEN 1 END) > 0
),
final AS (
  SELECT lone.p, lone.tenderer
  FROM lone
  JOIN decision ON decision.p = lone.p AND decision.final AND decision.active > 0
),
-- The only supplier of all active awards.
supplied AS (
  SELECT final.p, final.tenderer
  FROM final
  JOIN award_supplier ON award_supplier.p = final.p AND award_supplier.status = 'active'
  GROUP BY final.p, final.tenderer
  HAVING min(award_supplier.supplier) = final.tenderer AND max(award_supplier.supplier) = final.tenderer
),
others AS (
  SELECT supplied.p, supplied.tenderer, count(DISTINCT bidder.tenderer) AS disqualified
  FROM supplied
  JOIN bidder ON bidder.p = supplied.p AND bidder.status = 'disqualified' AND bidder.tenderer <> supplied.tenderer
  GROUP BY supplied.p, supplied.tenderer
  HAVING count(DISTINCT bidder.tenderer) >= greatest(1, $threshold)
),
found AS (
  SELECT 'OCID' AS grp, process.ocid AS id, 'flag' AS result, 'others_disqualified' AS reason,
    CAST(others.disqualified AS DOUBLE) AS value, CAST(NULL AS VARCHAR) AS via, others.p AS line
  FROM others
  JOIN process ON process.p = others.p
  UNION ALL
  SELECT 'Tenderer', others.tenderer, 'flag', 'alone_left', CAST(0 AS DOUBLE), process.ocid, others.p
  FROM others
  JOIN process ON process.p = others.p
  UNION ALL
  SELECT 'OCID', ocid, 'cannot_tell', 'not_final', NULL, NULL, p
  FROM process
  WHERE NOT EXISTS (SELECT 1 FROM decision WHERE decision.p = process.p AND decision.final AND decision.active > 0)
)
SELECT
  grp, id, 'all' AS period, result,
  CASE WHEN result = 'flag' THEN 'yellow' END AS colour, CASE WHEN result = 'flag' THEN 50 END AS score,
  reason, FALSE AS explainable, value, via, line
FROM found
