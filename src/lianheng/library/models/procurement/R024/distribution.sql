SELECT '' AS grp, difference AS value
FROM difference
