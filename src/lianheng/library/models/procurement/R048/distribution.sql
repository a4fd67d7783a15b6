SELECT '' AS grp, variety AS value FROM supply WHERE processes >= $minimum_contracting_processes
