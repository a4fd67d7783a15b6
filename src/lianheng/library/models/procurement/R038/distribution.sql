SELECT grp, disqualified / submitted AS value
FROM disqualification
WHERE submitted >= CASE grp WHEN 'Tenderer' THEN $minimum_submitted_bids ELSE $minimum_contracting_processes END
