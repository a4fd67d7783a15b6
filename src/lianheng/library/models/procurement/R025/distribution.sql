SELECT 'ratio' AS grp, ratio AS value
FROM tendering
UNION ALL
SELECT 'count', CAST(processes AS DOUBLE)
FROM tendering
