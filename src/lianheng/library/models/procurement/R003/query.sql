WITH moments AS (
  SELECT rowid AS p, ocid, details, moment(period_start) AS starts, moment(period_end) AS ends
  FROM process
  WHERE len($procurement_methods) = 0 OR list_contains($procurement_methods, method)
)
SELECT p, 'OCID' AS grp, ocid AS id, 1.0::DOUBLE AS value, NULL AS via
FROM moments
WHERE whole_days(starts, ends) < coalesce(map($detail_names, $detail_days)[details], $threshold)
