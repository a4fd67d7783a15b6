WITH slips AS (
  SELECT plate, slip_no, from_time, to_time FROM dispatch WHERE approved_by IS NOT NULL
),
cars AS (
  SELECT plate, unit AS unit_name, lot FROM official_vehicle
),
-- Years do not touch: a trip over New Year's night is two.
steps AS (
  SELECT t.plate, t.time, t.lat, t.lon, extract(year FROM t.time) AS year,
    lag(t.time) OVER (PARTITION BY t.plate, extract(year FROM t.time) ORDER BY t.time) AS last_time,
    lag(t.lat) OVER (PARTITION BY t.plate, extract(year FROM t.time) ORDER BY t.time) AS last_lat,
    lag(t.lon) OVER (PARTITION BY t.plate, extract(year FROM t.time) ORDER BY t.time) AS last_lon
  FROM track AS t
  JOIN cars AS c ON c.plate = t.plate
),
moves AS (
  SELECT plate, year, time, last_time, metres_between(last_lat, last_lon, lat, lon) AS metres,
    minutes_between(last_time, time) AS minutes
  FROM steps
  WHERE last_time IS NOT NULL
),
-- a: points at a place that no slip covers, in unbroken rows.
near AS (
  SELECT s.plate, s.year, s.time, p.name
  FROM steps AS s
  JOIN poi AS p ON s.lat BETWEEN p.lat - 0.01 AND p.lat + 0.01 AND s.lon BETWEEN p.lon - 0.02 AND p.lon + 0.02
  WHERE strpos($kinds, p.kind) > 0 AND metres_between(s.lat, s.lon, p.lat, p.lon) <= $radius
),
numbered AS (
  SELECT plate, year, time, row_number() OVER (PARTITION BY plate, year ORDER BY time) AS place FROM steps
),
uncovered AS (
  SELECT n.plate, n.year, n.time, n.name, b.place - row_number() OVER (PARTITION BY n.plate, n.year, n.name ORDER BY n.time)
    AS stay
  FROM near AS n
  JOIN numbered AS b ON b.plate = n.plate AND b.time = n.time
  WHERE NOT EXISTS (SELECT 1 FROM slips AS s WHERE s.plate = n.plate AND n.time BETWEEN s.from_time AND s.to_time)
),
stays AS (
  SELECT plate, name, min(time) AS started_at, max(time) AS ended_at, minutes_between(min(time), max(time)) AS minutes
  FROM uncovered
  GROUP BY plate, year, name, stay
  HAVING minutes_between(min(time), max(time)) >= $stay_minutes
),
-- b: minutes of the day of arrival; two nights are enough, for a longer stay has its first night whole. A slip of the
-- next year does not excuse it, so that a year depends on nothing after it.
parked AS (
  SELECT p.plate, p.lot, p.in_time, p.out_time, CAST(p.in_time AS DATE) AS day,
    minutes_between(CAST(CAST(p.in_time AS DATE) AS TIMESTAMP), p.in_time) AS arrived,
    minutes_between(CAST(CAST(p.in_time AS DATE) AS TIMESTAMP), p.out_time) AS left_at
  FROM parking AS p
  JOIN cars AS c ON c.plate = p.plate
  WHERE p.lot <> c.lot AND NOT EXISTS (SELECT 1 FROM slips AS s
    WHERE s.plate = p.plate AND s.from_time <= coalesce(p.out_time, p.in_time) AND s.to_time >= p.in_time
      AND extract(year FROM s.from_time) <= extract(year FROM p.in_time))
),
nights AS (
  SELECT p.plate, p.lot, p.in_time, p.out_time, p.left_at - p.arrived AS minutes,
    greatest(least(p.left_at, 1800) - greatest(p.arrived, 1320), least(p.left_at, 360) - p.arrived) >= $night_minutes
      AS overnight,
    coalesce(k.holiday, mod(date_diff('day', DATE '1990-01-01', p.day), 7) >= 5)
      AND least(p.left_at, 1440) - p.arrived >= $night_minutes AS on_holiday
  FROM parked AS p
  LEFT JOIN calendar AS k ON k.day = p.day
),
-- c: a slip without any point, or a break in which the car went somewhere.
equipped AS (
  SELECT DISTINCT plate, year FROM steps
),
-- A slip that ends after the last point of any car may not be over yet.
known_until AS (
  SELECT year, max(time) AS last_point FROM steps GROUP BY year
),
ended_slips AS (
  SELECT s.plate, s.slip_no, s.from_time, s.to_time, extract(year FROM s.to_time) AS year
  FROM slips AS s
  JOIN cars AS c ON c.plate = s.plate
  LEFT JOIN known_until AS k ON k.year = extract(year FROM s.to_time)
  WHERE minutes_between(s.from_time, s.to_time) >= $no_track_minutes AND s.to_time <= coalesce(k.last_point, s.to_time)
),
silent AS (
  SELECT s.plate, s.slip_no, s.from_time, s.to_time, e.plate IS NOT NULL AS equipped
  FROM ended_slips AS s
  LEFT JOIN equipped AS e ON e.plate = s.plate AND e.year = s.year
  WHERE NOT EXISTS (SELECT 1 FROM steps AS t WHERE t.plate = s.plate AND t.time BETWEEN s.from_time AND s.to_time)
),
broken AS (
  SELECT m.plate, m.last_time, m.time, m.minutes, m.metres, min(s.slip_no) AS slip_no
  FROM moves AS m
  JOIN slips AS s ON s.plate = m.plate AND s.from_time <= m.last_time AND s.to_time >= m.time
  WHERE m.minutes >= $no_track_minutes AND m.metres >= $jump_metres
  GROUP BY m.plate, m.last_time, m.time, m.minutes, m.metres
),
-- d: moves one after another are a trip. A drifting point flies faster than any car.
moving AS (
  SELECT *, lag(time) OVER (PARTITION BY plate, year ORDER BY time) AS before
  FROM moves
  WHERE metres >= $step_metres AND minutes <= $trip_gap
    AND metres * 60 <= CAST($max_kmh AS BIGINT) * 1000 * greatest(minutes, 1)
),
trip_starts AS (
  SELECT *, CASE WHEN before IS NULL OR minutes_between(before, last_time) > $trip_gap THEN 1 ELSE 0 END AS starts
  FROM moving
),
trip_numbers AS (
  SELECT *, sum(starts) OVER (PARTITION BY plate, year ORDER BY time) AS trip FROM trip_starts
),
trips AS (
  SELECT plate, min(last_time) AS started_at, max(time) AS ended_at, sum(metres) AS metres
  FROM trip_numbers
  GROUP BY plate, year, trip
  HAVING sum(metres) >= $d1
),
loose_trips AS (
  SELECT t.plate, t.started_at, t.ended_at, t.metres
  FROM trips AS t
  WHERE NOT EXISTS (SELECT 1 FROM slips AS s
    WHERE s.plate = t.plate AND s.from_time <= t.ended_at AND s.to_time >= t.started_at)
),
found AS (
  SELECT plate, 'a' AS rule, 'poi_stay' AS reason, started_at, ended_at, started_at AS decisive, name AS place, minutes,
    CAST(NULL AS BIGINT) AS metres, CAST(NULL AS VARCHAR) AS slip_no
  FROM stays
  UNION ALL
  SELECT plate, 'b', CASE WHEN out_time IS NULL THEN 'no_exit' WHEN overnight THEN 'parked_elsewhere'
    ELSE 'parked_holiday' END, in_time, coalesce(out_time, in_time), in_time, lot, minutes, NULL,
    NULL
  FROM nights
  WHERE out_time IS NULL OR overnight OR on_holiday
  UNION ALL
  SELECT plate, 'c', CASE WHEN equipped THEN 'slip_without_track' ELSE 'no_device' END, from_time, to_time, to_time, NULL,
    minutes_between(from_time, to_time), NULL, slip_no
  FROM silent
  UNION ALL
  SELECT plate, 'c', 'track_gap', last_time, time, time, NULL, minutes, metres, slip_no FROM broken
  UNION ALL
  SELECT plate, 'd', 'trip_without_slip', started_at, ended_at, started_at, NULL, minutes_between(started_at, ended_at),
    metres, NULL
  FROM loose_trips
),
-- Two places side by side, or two slips of one minute, are one question.
once AS (
  SELECT f.*, strftime(f.started_at, '%Y-%m-%d %H:%M') AS started, row_number() OVER (
    PARTITION BY f.plate, f.rule, strftime(f.started_at, '%Y-%m-%d %H:%M'), CAST(f.decisive AS DATE)
    ORDER BY f.minutes DESC, f.reason, f.place, f.ended_at DESC, f.metres DESC, f.started_at, f.slip_no) AS place_in_line
  FROM found AS f
)
SELECT
  o.plate, o.rule, o.started,
  strftime(o.decisive, '%Y-%m-%d') AS period,
  CASE WHEN o.reason IN ('no_exit', 'no_device') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN o.reason IN ('no_exit', 'no_device') THEN NULL
    WHEN o.reason = 'trip_without_slip' AND o.metres >= $red_metres THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE o.reason WHEN 'poi_stay' THEN least(90, 40 + floor(ratio(o.minutes, 10, 0)))
    WHEN 'parked_elsewhere' THEN 45 WHEN 'parked_holiday' THEN 35 WHEN 'slip_without_track' THEN 30
    WHEN 'track_gap' THEN least(70, 30 + floor(ratio(o.metres, 2000, 0)))
    WHEN 'trip_without_slip' THEN least(95, 35 + floor(ratio(o.metres, 2000, 0))) END AS INTEGER) AS score,
  o.reason,
  FALSE AS explainable,
  c.unit_name, strftime(o.ended_at, '%Y-%m-%d %H:%M') AS ended, o.place, o.minutes, CAST(o.metres AS BIGINT) AS metres,
  CAST(o.decisive AS DATE) AS day, o.started_at, o.ended_at, o.slip_no
FROM once AS o
JOIN cars AS c ON c.plate = o.plate
WHERE o.place_in_line = 1
