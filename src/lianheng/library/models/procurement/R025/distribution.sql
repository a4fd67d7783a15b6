SELECT 'ratio' AS grp, ratio AS value FROM tendering
UNION ALL
SELECT 'count', processes FROM tendering
