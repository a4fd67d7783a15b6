-- Few texts name many periods: each is read once.
WITH texts AS (
  SELECT DISTINCT period_start AS written FROM process
  UNION
  SELECT DISTINCT period_end FROM process
),
moments AS MATERIALIZED (
  SELECT written, moment(written) AS moment FROM texts
)
SELECT process.rowid AS p, 'OCID' AS grp, ocid AS id, 1.0::DOUBLE AS value, NULL AS via
FROM process
JOIN moments AS starts ON starts.written = period_start
JOIN moments AS ends ON ends.written = period_end
WHERE (len($procurement_methods) = 0 OR list_contains($procurement_methods, method))
  AND whole_days(starts.moment, ends.moment) < coalesce(map($detail_names, $detail_days)[details], $threshold)
