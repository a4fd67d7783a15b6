WITH filled AS (
  SELECT f.fuel_no, f.card_no, f.time, f.station, f.litres, f.product, f.amount, c.vehicle_plate AS plate,
    c.unit AS unit_name, v.tank_litres AS tank, v.fuel_type, v.litres_per_100km, s.lat, s.lon, s.in_city,
    CAST(f.time AS DATE) AS day, strftime(f.time, '%Y-%m-%d') AS day_text, strftime(f.time, '%Y-%m') AS month_text,
    coalesce(k.holiday, mod(date_diff('day', DATE '1990-01-01', CAST(f.time AS DATE)), 7) >= 5) AS holiday,
    EXISTS (SELECT 1 FROM dispatch AS d
      WHERE d.plate = c.vehicle_plate AND d.approved_by IS NOT NULL AND f.time BETWEEN d.from_time AND d.to_time)
      AS on_trip,
    EXISTS (SELECT 1 FROM fuel_approval AS p WHERE p.card_no = f.card_no AND p.kind = '备用车'
      AND f.time BETWEEN p.from_time AND p.to_time) AS spare,
    EXISTS (SELECT 1 FROM fuel_approval AS p WHERE p.card_no = f.card_no AND p.kind = '容器加油'
      AND f.time BETWEEN p.from_time AND p.to_time) AS can,
    EXISTS (SELECT 1 FROM fuel_approval AS p WHERE p.card_no = f.card_no AND p.kind = '节假日加油'
      AND f.time BETWEEN p.from_time AND p.to_time) AS holiday_approved
  FROM fuel AS f
  JOIN fuel_card AS c ON c.card_no = f.card_no
  JOIN official_vehicle AS v ON v.plate = c.vehicle_plate
  LEFT JOIN fuel_station AS s ON s.station = f.station
  LEFT JOIN calendar AS k ON k.day = CAST(f.time AS DATE)
),
with_last AS (
  SELECT *,
    lag(time) OVER (PARTITION BY card_no ORDER BY time, fuel_no) AS last_time,
    lag(litres) OVER (PARTITION BY card_no ORDER BY time, fuel_no) AS last_litres,
    lag(amount) OVER (PARTITION BY card_no ORDER BY time, fuel_no) AS last_amount,
    lag(CASE WHEN holiday AND NOT on_trip AND NOT holiday_approved THEN 1 ELSE 0 END)
      OVER (PARTITION BY card_no ORDER BY time, fuel_no) AS last_unapproved
  FROM filled
),
gaps AS (
  SELECT *, CASE WHEN last_time IS NOT NULL THEN minutes_between(last_time, time) END AS gap FROM with_last
),
-- The nearest point decides, so that one drifting point accuses nobody. Only points of the same day: a car is fuelled
-- within minutes of midnight too seldom to read every track twice.
nearest AS (
  SELECT f.fuel_no, min(metres_between(f.lat, f.lon, t.lat, t.lon)) AS metres, min(t.time) AS near_from,
    max(t.time) AS near_to
  FROM filled AS f
  JOIN track AS t ON t.plate = f.plate AND CAST(t.time AS DATE) = f.day
  WHERE f.lat IS NOT NULL AND minutes_between(f.time, t.time) BETWEEN -$near_minutes AND $near_minutes
  GROUP BY f.fuel_no
),
equipped AS (
  SELECT DISTINCT plate, extract(year FROM time) AS year FROM track
),
split AS (
  SELECT g.card_no, 'a' AS rule, g.day_text AS period, CASE WHEN n.metres > $d0 THEN 5 WHEN g.lat IS NULL THEN 1 ELSE 2 END
    AS weight, g.plate, g.unit_name, 1 AS fuellings, g.litres, g.amount, n.metres, g.tank, g.gap, g.product, g.station,
    n.near_from, n.near_to
  FROM gaps AS g
  JOIN equipped AS e ON e.plate = g.plate AND e.year = extract(year FROM g.time)
  LEFT JOIN nearest AS n ON n.fuel_no = g.fuel_no
  WHERE NOT g.spare AND g.amount >= $min_amount AND (n.metres > $d0 OR n.metres IS NULL)
),
outside AS (
  SELECT card_no, 'c' AS rule, day_text AS period, 5 AS weight, plate, unit_name, 1 AS fuellings, litres, amount,
    CAST(NULL AS BIGINT) AS metres, tank, gap, product, station, CAST(NULL AS TIMESTAMP) AS near_from,
    CAST(NULL AS TIMESTAMP) AS near_to
  FROM gaps
  WHERE in_city = FALSE AND NOT on_trip AND NOT spare AND amount >= $min_amount
),
volume AS (
  SELECT card_no, 'd' AS rule, day_text AS period,
    CASE WHEN litres > tank * $k0 OR (gap <= $t0 AND litres + last_litres > tank * $k0) THEN 5
      WHEN on_trip THEN 3 ELSE 4 END AS weight,
    plate, unit_name, CASE WHEN gap <= $t0 THEN 2 ELSE 1 END AS fuellings,
    CASE WHEN gap <= $t0 THEN litres + last_litres ELSE litres END AS litres,
    CASE WHEN gap <= $t0 THEN amount + last_amount ELSE amount END AS amount,
    CAST(NULL AS BIGINT) AS metres, tank, gap, product, station, CAST(NULL AS TIMESTAMP) AS near_from,
    CAST(NULL AS TIMESTAMP) AS near_to
  FROM gaps
  WHERE NOT can AND amount >= $min_amount AND (litres > tank * $k0 OR (gap <= $t0 AND litres > 0 AND last_litres > 0))
),
product AS (
  SELECT card_no, 'e' AS rule, day_text AS period, 5 AS weight, plate, unit_name, 1 AS fuellings, litres, amount,
    CAST(NULL AS BIGINT) AS metres, tank, gap, product, station, CAST(NULL AS TIMESTAMP) AS near_from,
    CAST(NULL AS TIMESTAMP) AS near_to
  FROM gaps
  WHERE strpos(product, fuel_type) = 0 AND NOT can AND NOT spare AND amount >= $min_amount
),
events AS (
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to
  FROM split
  UNION ALL
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to
  FROM outside
  UNION ALL
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to
  FROM volume
  UNION ALL
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to
  FROM product
),
-- Of several on one day the heaviest speaks.
heaviest AS (
  SELECT *, max(weight) OVER (PARTITION BY card_no, rule, period ORDER BY rule ROWS BETWEEN UNBOUNDED PRECEDING
    AND UNBOUNDED FOLLOWING) AS top
  FROM events
),
daily AS (
  SELECT card_no, rule, period, max(weight) AS weight, min(plate) AS plate, min(unit_name) AS unit_name,
    sum(fuellings) AS fuellings, sum(litres) AS litres, sum(amount) AS amount, max(metres) AS metres, max(tank) AS tank,
    min(gap) AS gap, min(product) AS product, min(station) AS station, min(near_from) AS near_from,
    max(near_to) AS near_to
  FROM heaviest
  WHERE weight = top
  GROUP BY card_no, rule, period
),
monthly AS (
  SELECT card_no, month_text AS period, min(plate) AS plate, min(unit_name) AS unit_name, max(tank) AS tank,
    min(CAST(strftime(time, '%Y-%m-01') AS DATE)) AS month, max(litres_per_100km) AS litres_per_100km,
    count(*) AS fuellings, sum(litres) AS litres, sum(amount) AS amount, bool_or(can OR spare) AS excused,
    count(*) FILTER (WHERE holiday AND amount >= $min_amount) AS on_holidays,
    count(*) FILTER (WHERE holiday AND amount >= $min_amount AND NOT on_trip AND NOT holiday_approved) AS unapproved,
    coalesce(sum(CASE WHEN holiday AND NOT on_trip AND NOT holiday_approved THEN litres END), 0) AS unapproved_litres,
    coalesce(sum(CASE WHEN holiday AND NOT on_trip AND NOT holiday_approved THEN amount END), 0) AS unapproved_amount,
    coalesce(sum(CASE WHEN holiday THEN amount END), 0) AS holiday_amount,
    coalesce(sum(CASE WHEN holiday THEN litres END), 0) AS holiday_litres,
    1 + count(*) FILTER (WHERE holiday AND NOT on_trip AND NOT holiday_approved AND last_unapproved = 1 AND gap <= 44640)
      AS in_a_row,
    count(*) FILTER (WHERE amount < $small_amount) AS small, count(*) FILTER (WHERE amount > $large_amount) AS large
  FROM gaps
  GROUP BY card_no, month_text
),
found AS (
  SELECT card_no, rule, period, CASE rule WHEN 'a' THEN CASE weight WHEN 5 THEN 'far_from_car' WHEN 2 THEN 'no_track'
      ELSE 'no_station' END WHEN 'c' THEN 'outside_city' WHEN 'e' THEN 'wrong_product'
      ELSE CASE weight WHEN 5 THEN 'over_tank' WHEN 4 THEN 'twice' ELSE 'twice_on_trip' END END AS reason,
    plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station, CAST(NULL AS DECIMAL(8, 1)) AS km,
    near_from, near_to
  FROM daily
  UNION ALL
  SELECT card_no, 'b', period, CASE WHEN unapproved >= $month_holidays OR (unapproved > 0 AND in_a_row >= $row_holidays)
      THEN 'holidays' ELSE 'holidays_approved' END,
    plate, unit_name, CASE WHEN unapproved > 0 THEN unapproved ELSE on_holidays END,
    CASE WHEN unapproved > 0 THEN unapproved_litres ELSE holiday_litres END,
    CASE WHEN unapproved > 0 THEN unapproved_amount ELSE holiday_amount END,
    NULL, tank, NULL, NULL, NULL, NULL, NULL, NULL
  FROM monthly
  WHERE unapproved >= $month_holidays OR (unapproved > 0 AND in_a_row >= $row_holidays)
    OR (unapproved = 0 AND on_holidays >= $month_holidays)
  UNION ALL
  SELECT m.card_no, 'd', m.period, 'over_use', m.plate, m.unit_name, m.fuellings, m.litres, m.amount, NULL, m.tank, NULL,
    NULL, NULL, v.km, NULL, NULL
  FROM monthly AS m
  JOIN vehicle_month AS v ON v.plate = m.plate AND v.month = m.month
  WHERE NOT m.excused AND m.litres * 100 > v.km * m.litres_per_100km * $use_factor + m.tank * 100
  UNION ALL
  SELECT card_no, 'n', period, 'counters', plate, unit_name, greatest(small, large), litres, amount, NULL, tank, NULL, NULL,
    NULL, NULL, NULL, NULL
  FROM monthly
  WHERE small >= $small_count OR large >= $large_count
)
SELECT
  card_no, rule, period,
  CASE WHEN reason IN ('no_track', 'no_station') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason IN ('no_track', 'no_station') THEN NULL WHEN reason = 'over_tank' THEN 'red'
    WHEN reason IN ('holidays_approved', 'twice_on_trip', 'counters') THEN 'blue' ELSE 'yellow' END AS colour,
  CAST(CASE reason WHEN 'over_tank' THEN 80 WHEN 'far_from_car' THEN least(90, 60 + floor(ratio(metres, 2000, 0)))
    WHEN 'over_use' THEN 55 WHEN 'holidays' THEN least(80, 40 + fuellings * 5) WHEN 'outside_city' THEN 45
    WHEN 'wrong_product' THEN 50 WHEN 'twice' THEN 40 WHEN 'counters' THEN 15 WHEN 'holidays_approved' THEN 5
    WHEN 'twice_on_trip' THEN 10 END AS INTEGER) AS score,
  reason,
  reason IN ('holidays_approved', 'twice_on_trip') AS explainable,
  plate, unit_name, fuellings, CAST(litres AS DECIMAL(12, 2)) AS litres, CAST(amount AS DECIMAL(12, 2)) AS amount,
  metres, tank, gap, product, station, km, near_from, near_to
FROM found
