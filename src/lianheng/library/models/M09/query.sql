-- A negative row right after a fuelling of that card, of as many litres and as much money, within a month, takes back that
-- one; any other is left aside.
WITH charged AS (
  SELECT fuel_no, card_no, time, station, litres, product, amount,
    lead(least(amount, litres)) OVER (PARTITION BY card_no, greatest(litres, -litres), greatest(amount, -amount)
      ORDER BY time, amount DESC, litres DESC, fuel_no) AS next_amount,
    lead(time) OVER (PARTITION BY card_no, greatest(litres, -litres), greatest(amount, -amount)
      ORDER BY time, amount DESC, litres DESC, fuel_no) AS next_time
  FROM fuel
),
paid AS (
  SELECT fuel_no, card_no, time, station, litres, product, amount
  FROM charged
  WHERE amount >= 0 AND litres >= 0
    AND NOT (coalesce(next_amount, 0) < 0 AND minutes_between(time, next_time) <= 44640)
),
filled AS (
  SELECT f.fuel_no, f.card_no, f.time, f.station, f.litres, f.product, f.amount, c.vehicle_plate AS plate,
    c.unit AS unit_name, v.tank_litres AS tank, v.fuel_type, v.litres_per_100km, s.lat, s.lon, s.in_city,
    CAST(f.time AS DATE) AS day, strftime(f.time, '%Y-%m-%d') AS day_text, strftime(f.time, '%Y-%m') AS month_text,
    coalesce(k.holiday, mod(date_diff('day', DATE '1990-01-01', CAST(f.time AS DATE)), 7) >= 5) AS holiday,
    date_diff('day', DATE '1990-01-01', CAST(f.time AS DATE)) AS day_no,
    minutes_between(CAST(CAST(f.time AS DATE) AS TIMESTAMP), f.time) AS minute_of_day,
    CASE WHEN strpos(f.product, '柴') > 0 OR f.product LIKE '0#%' OR f.product LIKE '0号%' OR f.product LIKE '-10%'
        OR f.product LIKE '-20%' OR f.product LIKE '-35%' THEN '柴油'
      WHEN strpos(f.product, '汽油') > 0 OR f.product LIKE '%92%' OR f.product LIKE '%95%' OR f.product LIKE '%98%'
        OR f.product LIKE '%89%' OR f.product LIKE '%93%' OR f.product LIKE '%97%' THEN '汽油'
      WHEN f.litres = 0 THEN '非油品' END AS sold,
    CASE WHEN strpos(v.fuel_type, '柴') > 0 THEN '柴油' WHEN strpos(v.fuel_type, '汽油') > 0 OR strpos(v.fuel_type, '混') > 0
      OR strpos(v.fuel_type, '增程') > 0 OR strpos(v.fuel_type, '油电') > 0 OR strpos(v.fuel_type, '插电') > 0 THEN '汽油' WHEN strpos(v.fuel_type, '电') > 0 THEN '电' END AS needed,
    EXISTS (SELECT 1 FROM dispatch AS d
      WHERE d.plate = c.vehicle_plate AND d.approved_by IS NOT NULL AND f.time BETWEEN d.from_time AND d.to_time)
      AS on_trip,
    EXISTS (SELECT 1 FROM fuel_approval AS p WHERE p.card_no = f.card_no AND p.kind = '备用车'
      AND f.time BETWEEN p.from_time AND p.to_time) AS spare,
    EXISTS (SELECT 1 FROM fuel_approval AS p WHERE p.card_no = f.card_no AND p.kind = '容器加油'
      AND f.time BETWEEN p.from_time AND p.to_time) AS can,
    EXISTS (SELECT 1 FROM fuel_approval AS p WHERE p.card_no = f.card_no AND p.kind = '节假日加油'
      AND f.time BETWEEN p.from_time AND p.to_time) AS holiday_approved
  FROM paid AS f
  JOIN fuel_card AS c ON c.card_no = f.card_no
  JOIN official_vehicle AS v ON v.plate = c.vehicle_plate
  LEFT JOIN fuel_station AS s ON s.station = f.station
  LEFT JOIN calendar AS k ON k.day = CAST(f.time AS DATE)
),
-- b: small sums neither count nor part two fuellings.
holiday_fuellings AS (
  SELECT card_no, fuel_no, time, month_text, litres, amount, holiday,
    holiday AND NOT on_trip AND NOT holiday_approved AS unapproved
  FROM filled
  WHERE amount >= $min_amount
),
holiday_last AS (
  SELECT *, lag(time) OVER (PARTITION BY card_no ORDER BY time, fuel_no) AS last_time,
    lag(CASE WHEN unapproved THEN 1 ELSE 0 END) OVER (PARTITION BY card_no ORDER BY time, fuel_no) AS last_unapproved
  FROM holiday_fuellings
),
holiday_runs AS (
  SELECT *, sum(CASE WHEN unapproved AND last_unapproved = 1 AND minutes_between(last_time, time) <= 44640 THEN 0
    ELSE 1 END) OVER (PARTITION BY card_no ORDER BY time, fuel_no) AS run
  FROM holiday_last
),
holiday_places AS (
  SELECT *, row_number() OVER (PARTITION BY card_no, run ORDER BY time, fuel_no) AS place FROM holiday_runs
),
holiday_month AS (
  SELECT card_no, month_text, count(*) FILTER (WHERE holiday) AS on_holidays,
    count(*) FILTER (WHERE unapproved) AS unapproved,
    coalesce(sum(CASE WHEN unapproved THEN litres END), 0) AS unapproved_litres,
    coalesce(sum(CASE WHEN unapproved THEN amount END), 0) AS unapproved_amount,
    coalesce(sum(CASE WHEN holiday THEN amount END), 0) AS holiday_amount,
    coalesce(sum(CASE WHEN holiday THEN litres END), 0) AS holiday_litres,
    coalesce(max(CASE WHEN unapproved THEN place END), 0) AS in_a_row
  FROM holiday_places
  GROUP BY card_no, month_text
),
-- a: the nearest point decides, so that one drifting point accuses nobody. Points are found by the day, so that no track
-- is read twice; within minutes of midnight the other day counts, too.
fuel_days AS (
  SELECT fuel_no, plate, time, lat, lon, day_no FROM filled WHERE lat IS NOT NULL
  UNION ALL
  SELECT fuel_no, plate, time, lat, lon, day_no - 1 FROM filled WHERE lat IS NOT NULL AND minute_of_day <= $near_minutes
  UNION ALL
  SELECT fuel_no, plate, time, lat, lon, day_no + 1
  FROM filled
  WHERE lat IS NOT NULL AND minute_of_day >= 1440 - $near_minutes
),
nearest AS (
  SELECT f.fuel_no, min(metres_between(f.lat, f.lon, t.lat, t.lon)) AS metres, min(t.time) AS near_from,
    max(t.time) AS near_to
  FROM fuel_days AS f
  JOIN track AS t ON t.plate = f.plate AND date_diff('day', DATE '1990-01-01', CAST(t.time AS DATE)) = f.day_no
  WHERE minutes_between(f.time, t.time) BETWEEN -$near_minutes AND $near_minutes
  GROUP BY f.fuel_no
),
equipped AS (
  SELECT DISTINCT plate, extract(year FROM time) AS year FROM track
),
split AS (
  SELECT g.card_no, 'a' AS rule, g.day_text AS period, CASE WHEN n.metres > $d0 THEN 5 WHEN g.lat IS NULL THEN 1 ELSE 2 END
    AS weight, g.plate, g.unit_name, 1 AS fuellings, g.litres, g.amount, n.metres, g.tank, CAST(NULL AS BIGINT) AS gap,
    g.product, g.station, n.near_from, n.near_to, CAST(NULL AS VARCHAR) AS other_card
  FROM filled AS g
  JOIN equipped AS e ON e.plate = g.plate AND e.year = extract(year FROM g.time)
  LEFT JOIN nearest AS n ON n.fuel_no = g.fuel_no
  WHERE NOT g.spare AND g.amount >= $min_amount AND (n.metres > $d0 OR n.metres IS NULL)
),
outside AS (
  SELECT card_no, 'c' AS rule, day_text AS period, CASE WHEN in_city = FALSE THEN 5 ELSE 1 END AS weight, plate, unit_name,
    1 AS fuellings, litres, amount, CAST(NULL AS BIGINT) AS metres, tank, CAST(NULL AS BIGINT) AS gap, product, station,
    CAST(NULL AS TIMESTAMP) AS near_from, CAST(NULL AS TIMESTAMP) AS near_to, CAST(NULL AS VARCHAR) AS other_card
  FROM filled
  WHERE coalesce(in_city, FALSE) = FALSE AND NOT on_trip AND NOT spare AND amount >= $min_amount
),
-- d: what goes into the car's own tank, by whatever card; a spare car's tank is not known, but has an end. Years do not
-- touch.
refills AS (
  SELECT *, lag(time) OVER (PARTITION BY plate, spare, extract(year FROM time) ORDER BY time, fuel_no) AS last_time,
    lag(litres) OVER (PARTITION BY plate, spare, extract(year FROM time) ORDER BY time, fuel_no) AS last_litres
  FROM filled
  WHERE litres > 0 AND NOT can
),
gaps AS (
  SELECT *, CASE WHEN last_time IS NOT NULL THEN minutes_between(last_time, time) END AS gap FROM refills
),
-- On a trip the car may have burnt in between what the tank could not take.
weighed AS (
  SELECT *, CASE
      WHEN spare AND (litres > tank * 2 OR (gap <= $t0 AND litres + last_litres > tank * 2)) THEN 6
      WHEN spare THEN 0
      WHEN litres > tank * $k0 THEN 5
      WHEN gap <= $t0 AND litres + last_litres > tank * $k0 AND NOT (on_trip AND (litres + last_litres - tank * $k0) * 6000
        <= coalesce(litres_per_100km, $unknown_use) * gap * $road_kmh) THEN 5
      WHEN gap <= $t0 AND NOT on_trip THEN 4
      WHEN gap <= $t0 THEN 3
      ELSE 0
    END AS weight,
    sum(CASE WHEN gap <= $t0 THEN 0 ELSE 1 END) OVER (PARTITION BY plate, spare, extract(year FROM time)
      ORDER BY time, fuel_no) AS burst
  FROM gaps
),
volume AS (
  SELECT min(card_no) AS card_no, 'd' AS rule, max(day_text) AS period, max(weight) AS weight, plate,
    min(unit_name) AS unit_name, count(*) AS fuellings, sum(litres) AS litres, sum(amount) AS amount,
    CAST(NULL AS BIGINT) AS metres, max(tank) AS tank, min(CASE WHEN gap <= $t0 THEN gap END) AS gap,
    min(product) AS product, min(station) AS station, CAST(NULL AS TIMESTAMP) AS near_from,
    CAST(NULL AS TIMESTAMP) AS near_to, nullif(max(card_no), min(card_no)) AS other_card
  FROM weighed
  GROUP BY plate, spare, extract(year FROM time), burst
  HAVING max(weight) > 0 AND sum(amount) >= $min_amount
),
product AS (
  SELECT card_no, 'e' AS rule, CASE WHEN sold <> needed THEN day_text ELSE strftime(time, '%Y') END AS period,
    CASE WHEN sold <> needed THEN 5 ELSE 1 END AS weight, plate, unit_name,
    1 AS fuellings, litres, amount, CAST(NULL AS BIGINT) AS metres, tank, CAST(NULL AS BIGINT) AS gap, product, station,
    CAST(NULL AS TIMESTAMP) AS near_from, CAST(NULL AS TIMESTAMP) AS near_to, CAST(NULL AS VARCHAR) AS other_card
  FROM filled
  WHERE (sold IS NULL OR needed IS NULL OR sold <> needed) AND NOT can AND NOT spare AND amount >= $min_amount
),
events AS (
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to, other_card
  FROM split
  UNION ALL
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to, other_card
  FROM outside
  UNION ALL
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to, other_card
  FROM volume
  UNION ALL
  SELECT card_no, rule, period, weight, plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station,
    near_from, near_to, other_card
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
    max(near_to) AS near_to, max(other_card) AS other_card
  FROM heaviest
  WHERE weight = top
  GROUP BY card_no, rule, period
),
monthly AS (
  SELECT card_no, month_text AS period, min(plate) AS plate, min(unit_name) AS unit_name, max(tank) AS tank,
    count(*) AS fuellings, sum(litres) AS litres, sum(amount) AS amount,
    count(*) FILTER (WHERE amount < $small_amount) AS small, count(*) FILTER (WHERE amount > $large_amount) AS large
  FROM filled
  GROUP BY card_no, month_text
),
car_month AS (
  SELECT plate, month_text AS period, min(CAST(strftime(time, '%Y-%m-01') AS DATE)) AS month, min(card_no) AS card_no,
    nullif(max(card_no), min(card_no)) AS other_card, min(unit_name) AS unit_name, max(tank) AS tank,
    max(litres_per_100km) AS litres_per_100km, count(*) AS fuellings, sum(litres) AS litres, sum(amount) AS amount
  FROM refills
  WHERE NOT spare
  GROUP BY plate, month_text
),
-- A card that is in no register, or whose car is in none, is judged by no other rule.
strangers AS (
  SELECT f.card_no, strftime(f.time, '%Y-%m') AS period, max(c.vehicle_plate) AS plate, max(c.unit) AS unit_name,
    count(*) AS fuellings, sum(f.litres) AS litres, sum(f.amount) AS amount
  FROM paid AS f
  LEFT JOIN fuel_card AS c ON c.card_no = f.card_no
  LEFT JOIN official_vehicle AS v ON v.plate = c.vehicle_plate
  WHERE v.plate IS NULL
  GROUP BY f.card_no, strftime(f.time, '%Y-%m')
),
found AS (
  SELECT card_no, rule, period, CASE rule WHEN 'a' THEN CASE weight WHEN 5 THEN 'far_from_car' WHEN 2 THEN 'no_track'
      ELSE 'no_station' END WHEN 'c' THEN CASE weight WHEN 5 THEN 'outside_city' ELSE 'no_city' END
      WHEN 'e' THEN CASE weight WHEN 5 THEN 'wrong_product' ELSE 'unknown_product' END
      ELSE CASE weight WHEN 6 THEN 'spare_over_tank' WHEN 5 THEN 'over_tank' WHEN 4 THEN 'twice' ELSE 'twice_on_trip' END END AS reason,
    plate, unit_name, fuellings, litres, amount, metres, tank, gap, product, station, CAST(NULL AS DECIMAL(8, 1)) AS km,
    near_from, near_to, other_card
  FROM daily
  UNION ALL
  SELECT m.card_no, 'b', m.period, CASE WHEN h.unapproved >= $month_holidays OR h.in_a_row >= $row_holidays
      THEN 'holidays' ELSE 'holidays_approved' END,
    m.plate, m.unit_name, CASE WHEN h.unapproved > 0 THEN h.unapproved ELSE h.on_holidays END,
    CASE WHEN h.unapproved > 0 THEN h.unapproved_litres ELSE h.holiday_litres END,
    CASE WHEN h.unapproved > 0 THEN h.unapproved_amount ELSE h.holiday_amount END,
    NULL, m.tank, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM monthly AS m
  JOIN holiday_month AS h ON h.card_no = m.card_no AND h.month_text = m.period
  WHERE h.unapproved >= $month_holidays OR h.in_a_row >= $row_holidays
    OR (h.unapproved = 0 AND h.on_holidays >= $month_holidays)
  UNION ALL
  SELECT m.card_no, 'd', m.period, 'over_use', m.plate, m.unit_name, m.fuellings, m.litres, m.amount, NULL, m.tank, NULL,
    NULL, NULL, v.km, NULL, NULL, m.other_card
  FROM car_month AS m
  JOIN vehicle_month AS v ON v.plate = m.plate AND v.month = m.month
  WHERE m.litres * 100 > v.km * m.litres_per_100km * $use_factor + m.tank * 100
  UNION ALL
  SELECT card_no, 'd', period, 'no_tank', plate, unit_name, fuellings, litres, amount, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, other_card
  FROM car_month
  WHERE tank IS NULL AND amount >= $min_amount
  UNION ALL
  SELECT card_no, 'n', period, 'counters', plate, unit_name, greatest(small, large), litres, amount, NULL, tank, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL
  FROM monthly
  WHERE small >= $small_count OR large >= $large_count
  UNION ALL
  SELECT card_no, 'r', period, CASE WHEN plate IS NULL THEN 'unknown_card' ELSE 'unknown_car' END, plate, unit_name,
    fuellings, litres, amount, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM strangers
)
SELECT
  card_no, rule, period,
  CASE WHEN reason IN ('no_track', 'no_station', 'no_city', 'no_tank', 'unknown_product', 'unknown_card', 'unknown_car')
    THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason IN ('no_track', 'no_station', 'no_city', 'no_tank', 'unknown_product', 'unknown_card', 'unknown_car')
    THEN NULL WHEN reason = 'over_tank' THEN 'red'
    WHEN reason IN ('holidays_approved', 'twice_on_trip', 'counters') THEN 'blue' ELSE 'yellow' END AS colour,
  CAST(CASE reason WHEN 'over_tank' THEN 80 WHEN 'far_from_car' THEN least(90, 60 + floor(ratio(metres, 2000, 0)))
    WHEN 'over_use' THEN 55 WHEN 'holidays' THEN least(80, 40 + fuellings * 5) WHEN 'outside_city' THEN 45
    WHEN 'wrong_product' THEN 50 WHEN 'spare_over_tank' THEN 60 WHEN 'twice' THEN 40 WHEN 'counters' THEN 15 WHEN 'holidays_approved' THEN 5
    WHEN 'twice_on_trip' THEN 10 END AS INTEGER) AS score,
  reason,
  reason IN ('holidays_approved', 'twice_on_trip') AS explainable,
  plate, unit_name, fuellings, CAST(litres AS DECIMAL(12, 2)) AS litres, CAST(amount AS DECIMAL(12, 2)) AS amount,
  metres, tank, gap, product, station, km, near_from, near_to, other_card
FROM found
