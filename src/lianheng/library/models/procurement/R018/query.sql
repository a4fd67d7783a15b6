SELECT rowid AS p, 'OCID' AS grp, ocid AS id, 1.0::DOUBLE AS value, NULL AS via
FROM process
WHERE number_of_tenderers = '1' AND (len($procurement_methods) = 0 OR list_contains($procurement_methods, method))
