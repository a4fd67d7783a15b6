SELECT NULL::BIGINT AS p, grp, id, disqualified / submitted AS value, NULL AS via
FROM disqualification
WHERE submitted >= CASE grp WHEN 'Tenderer' THEN $minimum_submitted_bids ELSE $minimum_contracting_processes END
  AND disqualified / submitted >= CASE grp
    WHEN 'Buyer' THEN $buyer_upper_fence WHEN 'ProcuringEntity' THEN $procuringentity_upper_fence
    ELSE $tenderer_upper_fence END
