SELECT NULL::BIGINT AS p, 'Tenderer' AS grp, supplier AS id, variety::DOUBLE AS value, NULL AS via
FROM supply
WHERE processes >= $minimum_contracting_processes AND variety >= $upper_fence
