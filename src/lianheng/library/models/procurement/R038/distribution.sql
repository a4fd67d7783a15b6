SELECT grp, ratio AS value
FROM disqualification
WHERE submitted >= CASE WHEN grp = 'Tenderer' THEN $minimum_submitted_bids ELSE $minimum_contracting_processes END
