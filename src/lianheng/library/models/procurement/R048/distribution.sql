SELECT '' AS grp, CAST(variety AS DOUBLE) AS value
FROM supply
WHERE processes >= $minimum_contracting_processes
