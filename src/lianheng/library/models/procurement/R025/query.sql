SELECT NULL::BIGINT AS p, 'Tenderer' AS grp, tenderer AS id, ratio AS value, NULL AS via
FROM tendering
WHERE processes >= $upper_fence AND ratio <= $lower_fence
