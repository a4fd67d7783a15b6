WITH far AS (
  SELECT * FROM difference WHERE difference >= $upper_fence AND NOT isnan(difference)
)
SELECT p, 'OCID' AS grp, ocid AS id, difference AS value, NULL AS via FROM far
UNION ALL
SELECT p, 'Tenderer', winner, 0.0, ocid FROM far
