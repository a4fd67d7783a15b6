WITH by_scheme AS (
  SELECT household_id, village, year, scheme, max(village_name) AS village_name, sum(area) AS area, sum(amount) AS amount
  FROM subsidy
  GROUP BY household_id, village, year, scheme
),
-- Two schemes may pay for the same land: a household's area is that of its largest scheme.
household AS (
  SELECT household_id, village, year, max(village_name) AS village_name, max(area) AS area, sum(amount) AS amount
  FROM by_scheme
  GROUP BY household_id, village, year
),
village_year AS (
  SELECT village, year, max(village_name) AS village_name, sum(area) AS area, sum(amount) AS amount
  FROM household
  GROUP BY village, year
),
loaded_years AS (
  SELECT DISTINCT year FROM subsidy
),
survey AS (
  SELECT village, year,
    sum(CASE WHEN subsidised THEN planted_area ELSE 0 END) AS planted,
    sum(CASE WHEN subsidised THEN 0 ELSE planted_area END) AS other
  FROM crop_survey
  GROUP BY village, year
),
-- A lease that takes the place of one that ran out is the same land: what ran out then is taken off. (Leases of one
-- household from one village that begin on one day are taken together.)
lease_start AS (
  SELECT village, household_id, coalesce(lessor_village, '') AS lessor, from_date, sum(area) AS area
  FROM lease
  GROUP BY village, household_id, coalesce(lessor_village, ''), from_date
),
renewed AS (
  SELECT n.village, n.household_id, n.lessor, n.from_date, max(n.area) AS area, sum(o.area) AS ended
  FROM lease_start AS n
  JOIN lease AS o ON o.village = n.village AND o.household_id = n.household_id
    AND coalesce(o.lessor_village, '') = n.lessor AND o.from_date < n.from_date
    AND date_diff('day', o.to_date, n.from_date) BETWEEN -31 AND 92
  GROUP BY n.village, n.household_id, n.lessor, n.from_date
),
fresh AS (
  SELECT l.village, l.lessor_village, l.from_date, l.to_date, l.registered_on,
    CASE WHEN r.area > 0 THEN CAST(l.area * ratio(greatest(r.area - r.ended, 0), r.area, 6) AS DECIMAL(12, 2)) ELSE l.area END
      AS area
  FROM lease AS l
  LEFT JOIN renewed AS r ON r.village = l.village AND r.household_id = l.household_id AND r.from_date = l.from_date
    AND r.lessor = coalesce(l.lessor_village, '')
),
-- Land that changes hands within the village is no growth of the village. A lease that is older than last year cannot
-- explain this year's growth.
begun AS (
  SELECT v.village, v.year,
    sum(CASE WHEN extract(year FROM l.from_date) = v.year THEN l.area ELSE 0 END) AS this_year,
    sum(CASE WHEN extract(year FROM l.from_date) = v.year - 1 THEN l.area ELSE 0 END) AS last_year,
    sum(CASE WHEN extract(year FROM l.from_date) = v.year - 2 THEN l.area ELSE 0 END) AS year_before,
    sum(CASE WHEN l.lessor_village IS NULL AND extract(year FROM l.from_date) >= v.year - 1 THEN l.area ELSE 0 END)
      AS of_unknown
  FROM village_year AS v
  JOIN fresh AS l ON l.village = v.village
  WHERE extract(year FROM l.from_date) BETWEEN v.year - 2 AND v.year
    AND extract(year FROM l.to_date) >= v.year
    AND extract(year FROM l.registered_on) <= v.year
    AND (l.lessor_village IS NULL OR l.lessor_village <> l.village)
  GROUP BY v.village, v.year
),
-- A lease explains once: of last year's there is left what last year's growth did not take, which took the leases of
-- the year before first. Where that growth is not known, the doubt is the village's: all of it is left.
new_lease AS (
  SELECT b.village, b.year, b.of_unknown,
    b.this_year + CASE
        WHEN p.area > q.area THEN least(b.last_year, greatest(b.last_year + b.year_before - (p.area - q.area), 0))
        ELSE b.last_year
      END AS leased
  FROM begun AS b
  LEFT JOIN village_year AS p ON p.village = b.village AND p.year = b.year - 1
  LEFT JOIN village_year AS q ON q.village = b.village AND q.year = b.year - 2
),
insured AS (
  SELECT village, year, sum(insured_area) AS insured FROM insurance GROUP BY village, year
),
household_lease AS (
  SELECT h.household_id, h.village, h.year, sum(l.area) AS leased
  FROM household AS h
  JOIN lease AS l ON l.household_id = h.household_id AND l.village = h.village
  WHERE extract(year FROM l.from_date) <= h.year AND extract(year FROM l.to_date) >= h.year
    AND extract(year FROM l.registered_on) <= h.year
  GROUP BY h.household_id, h.village, h.year
),
land AS (
  SELECT household_id, village, sum(area) AS area FROM land_right GROUP BY household_id, village
),
-- A household without a right in the register can have no more than it leases in; where the register holds no
-- rights at all, that is the register's alert.
held AS (
  SELECT h.village, h.year, h.area, r.area AS right_area, coalesce(l.leased, 0) AS leased
  FROM household AS h
  LEFT JOIN land AS r ON r.household_id = h.household_id AND r.village = h.village
  LEFT JOIN household_lease AS l ON l.household_id = h.household_id AND l.village = h.village AND l.year = h.year
),
over_right AS (
  SELECT village, year, count(right_area) AS households_over, count(*) - count(right_area) AS unregistered,
    sum(CASE WHEN right_area IS NULL THEN area - leased END) AS unregistered_area
  FROM held
  WHERE area > (coalesce(right_area, 0) + leased) * $k0 AND area - coalesce(right_area, 0) - leased >= $min_area
    AND (right_area IS NOT NULL OR EXISTS (SELECT 1 FROM land_right))
  GROUP BY village, year
),
compared AS (
  SELECT v.village, v.year, v.village_name, v.area, v.amount, p.area AS prev_area,
    y.year IS NOT NULL OR z.year IS NOT NULL AS has_previous_year,
    s.planted, s.other, q.planted AS prev_planted, q.other AS prev_other,
    coalesce(n.leased, 0) AS leased, coalesce(least(n.of_unknown, n.leased), 0) AS leased_unknown, i.insured,
    coalesce(o.households_over, 0) AS households_over,
    coalesce(o.unregistered, 0) AS households_unregistered, coalesce(o.unregistered_area, 0) AS unregistered_area,
    ratio(v.area - p.area, p.area, 4) AS growth,
    coalesce(v.area > p.area * (1 + setting('g0', v.village)) AND v.area - p.area >= $min_area, FALSE) AS jumped
  FROM village_year AS v
  LEFT JOIN village_year AS p ON p.village = v.village AND p.year = v.year - 1 AND p.area > 0
  LEFT JOIN loaded_years AS y ON y.year = v.year - 1
  LEFT JOIN loaded_years AS z ON z.year = v.year - 2
  LEFT JOIN survey AS s ON s.village = v.village AND s.year = v.year
  LEFT JOIN survey AS q ON q.village = v.village AND q.year = v.year - 1
  LEFT JOIN new_lease AS n ON n.village = v.village AND n.year = v.year
  LEFT JOIN insured AS i ON i.village = v.village AND i.year = v.year
  LEFT JOIN over_right AS o ON o.village = v.village AND o.year = v.year
),
judged AS (
  SELECT *, CASE
    WHEN jumped AND (planted IS NULL OR prev_planted IS NULL)
      THEN CASE WHEN households_over > 0 THEN 'households_over_no_survey' ELSE 'no_survey' END
    WHEN jumped AND (planted <= prev_planted * (1 + $tolerance) OR other >= prev_other * (1 - $tolerance))
      THEN CASE
        WHEN leased >= (area - prev_area) * $cover
          THEN CASE WHEN households_over > 0 THEN 'households_over_leased' ELSE 'leased_growth' END
        WHEN households_over > 0 THEN 'area_jump_households'
        ELSE 'area_jump'
      END
    WHEN households_over > 0 THEN 'households_over'
    WHEN area > insured * (1 + $gap) AND area > planted * (1 + $gap) AND area - insured >= $min_area THEN 'three_way'
    WHEN prev_area IS NULL AND has_previous_year AND area >= $min_area THEN 'no_previous'
    WHEN households_unregistered > 0 THEN 'no_right'
  END AS reason
  FROM compared
)
SELECT
  village,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IS NULL THEN 'clear' WHEN reason IN ('no_survey', 'no_previous', 'no_right') THEN 'cannot_tell' ELSE 'flag' END
    AS result,
  CASE reason
    WHEN 'area_jump_households' THEN 'red' WHEN 'leased_growth' THEN 'blue'
    WHEN 'area_jump' THEN 'yellow' WHEN 'households_over' THEN 'yellow'
    WHEN 'households_over_no_survey' THEN 'yellow' WHEN 'households_over_leased' THEN 'yellow' WHEN 'three_way' THEN 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'area_jump_households' THEN least(100, 70 + floor(growth * 20) + households_over)
    WHEN 'area_jump' THEN least(90, 50 + floor(growth * 20))
    WHEN 'households_over' THEN least(60, 30 + households_over)
    WHEN 'households_over_no_survey' THEN least(70, 40 + households_over)
    WHEN 'households_over_leased' THEN least(60, 30 + households_over)
    WHEN 'three_way' THEN 30
    WHEN 'leased_growth' THEN 10
  END AS INTEGER) AS score,
  reason,
  coalesce(reason = 'leased_growth', FALSE) AS explainable,
  village_name, year, year - 1 AS prev_year, area, prev_area, growth, planted, prev_planted, other, prev_other,
  leased, leased_unknown, households_over, households_unregistered,
  CAST(unregistered_area AS DECIMAL(14, 2)) AS unregistered_area,
  insured, amount,
  CAST(amount * ratio(area - prev_area, area, 6) AS DECIMAL(16, 2)) AS excess
FROM judged
