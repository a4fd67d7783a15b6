WITH slips AS (
  SELECT plate, slip_no, from_time, to_time FROM dispatch WHERE approved_by IS NOT NULL AND to_time >= from_time
),
-- Two slips for one time are counted once.
slip_order AS (
  SELECT plate, slip_no, from_time, to_time, extract(year FROM from_time) AS year, max(to_time) OVER (
    PARTITION BY plate, extract(year FROM from_time) ORDER BY from_time, to_time, slip_no
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_end
  FROM slips
),
slip_groups AS (
  SELECT plate, year, from_time, to_time, sum(CASE WHEN earlier_end >= from_time THEN 0 ELSE 1 END) OVER (
    PARTITION BY plate, year ORDER BY from_time, to_time, slip_no) AS place
  FROM slip_order
),
slip_times AS (
  SELECT plate, min(from_time) AS from_time, max(to_time) AS to_time FROM slip_groups GROUP BY plate, year, place
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
  JOIN cars AS c ON c.plate = n.plate
  WHERE NOT EXISTS (SELECT 1 FROM slips AS s WHERE s.plate = n.plate AND n.time BETWEEN s.from_time AND s.to_time)
    AND NOT EXISTS (SELECT 1 FROM parking AS k WHERE k.plate = n.plate AND k.lot = c.lot
      AND n.time BETWEEN k.in_time AND coalesce(k.out_time, n.time) AND minutes_between(k.in_time, n.time) <= CASE
        WHEN k.out_time IS NULL THEN 1440 ELSE minutes_between(k.in_time, k.out_time) END)
),
stays AS (
  SELECT plate, name, min(time) AS started_at, max(time) AS ended_at, minutes_between(min(time), max(time)) AS minutes
  FROM uncovered
  GROUP BY plate, year, name, stay
  HAVING minutes_between(min(time), max(time)) >= $stay_minutes
),
-- b: a stay counts from when the slip of the arrival ends. An exit before the entry is none. A slip of the next year
-- does not excuse it, so that a year depends on nothing after it.
parked AS (
  SELECT p.plate, p.lot, p.in_time, CASE WHEN p.out_time >= p.in_time THEN p.out_time END AS out_time,
    coalesce(max(s.to_time), p.in_time) AS since_time
  FROM parking AS p
  JOIN cars AS c ON c.plate = p.plate
  LEFT JOIN slip_times AS s ON s.plate = p.plate AND s.from_time <= p.in_time AND s.to_time > p.in_time
  WHERE p.lot <> c.lot
  GROUP BY p.plate, p.lot, p.in_time, CASE WHEN p.out_time >= p.in_time THEN p.out_time END
),
-- Minutes of the day from which it counts; two nights are enough, for a longer stay has its first night whole.
measured AS (
  SELECT plate, lot, in_time, out_time, since_time, CAST(since_time AS DATE) AS day,
    minutes_between(CAST(CAST(since_time AS DATE) AS TIMESTAMP), since_time) AS arrived,
    minutes_between(CAST(CAST(since_time AS DATE) AS TIMESTAMP), out_time) AS left_at
  FROM parked
  WHERE out_time > since_time OR (out_time IS NULL AND minutes_between(in_time, since_time) < $night_minutes)
),
night_hours AS (
  SELECT plate, lot, in_time, out_time, since_time, day, arrived, left_at,
    CASE WHEN least(left_at, 1800) - greatest(arrived, 1320) >= least(left_at, 360) - arrived THEN greatest(arrived, 1320)
      ELSE arrived END AS night_from,
    CASE WHEN least(left_at, 1800) - greatest(arrived, 1320) >= least(left_at, 360) - arrived THEN least(left_at, 1800)
      ELSE least(left_at, 360) END AS night_to
  FROM measured
),
without_slip AS (
  SELECT h.plate, h.lot, h.in_time, h.out_time, h.since_time, h.day, h.left_at - h.arrived AS minutes,
    h.night_to - h.night_from - sum(CASE WHEN s.plate IS NULL THEN 0 ELSE greatest(least(h.night_to,
      minutes_between(CAST(h.day AS TIMESTAMP), s.to_time)) - greatest(h.night_from,
      minutes_between(CAST(h.day AS TIMESTAMP), s.from_time)), 0) END) AS night_minutes,
    least(h.left_at, 1440) - h.arrived - sum(CASE WHEN s.plate IS NULL THEN 0 ELSE greatest(least(h.left_at, 1440,
      minutes_between(CAST(h.day AS TIMESTAMP), s.to_time)) - greatest(h.arrived,
      minutes_between(CAST(h.day AS TIMESTAMP), s.from_time)), 0) END) AS day_minutes
  FROM night_hours AS h
  LEFT JOIN slip_times AS s ON s.plate = h.plate AND s.from_time < h.out_time AND s.to_time > h.since_time
    AND extract(year FROM s.from_time) <= extract(year FROM h.since_time)
  GROUP BY h.plate, h.lot, h.in_time, h.out_time, h.since_time, h.day, h.arrived, h.left_at, h.night_from, h.night_to
),
nights AS (
  SELECT p.plate, p.lot, p.in_time, p.out_time, p.since_time, p.minutes, p.night_minutes, p.day_minutes,
    p.night_minutes >= $night_minutes AS overnight,
    coalesce(k.holiday, mod(date_diff('day', DATE '1990-01-01', p.day), 7) >= 5)
      AND p.day_minutes >= $night_minutes AS on_holiday
  FROM without_slip AS p
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
-- A working day on which at most half of the cars that are usually seen on working days have a point is an outage of
-- the system, and says nothing of a car. Days are numbers, for a day without any point is in no row.
day_cars AS (
  SELECT s.year, date_diff('day', DATE '1990-01-01', CAST(s.time AS DATE)) AS day_no, count(DISTINCT s.plate) AS cars
  FROM steps AS s
  LEFT JOIN calendar AS k ON k.day = CAST(s.time AS DATE)
  WHERE NOT coalesce(k.holiday, mod(date_diff('day', DATE '1990-01-01', CAST(s.time AS DATE)), 7) >= 5)
  GROUP BY s.year, date_diff('day', DATE '1990-01-01', CAST(s.time AS DATE))
),
usual AS (
  SELECT year, sum(cars) AS cars, count(*) AS days FROM day_cars GROUP BY year HAVING sum(cars) >= 3 * count(*)
),
days_off AS (
  SELECT date_diff('day', DATE '1990-01-01', day) AS day_no, bool_or(holiday) AS holiday FROM calendar GROUP BY day
),
ended_slips AS (
  SELECT s.plate, s.slip_no, s.from_time, s.to_time, extract(year FROM s.to_time) AS year
  FROM slips AS s
  JOIN cars AS c ON c.plate = s.plate
  LEFT JOIN known_until AS k ON k.year = extract(year FROM s.to_time)
  WHERE minutes_between(s.from_time, s.to_time) >= $no_track_minutes AND s.to_time <= coalesce(k.last_point, s.to_time)
),
silent_slips AS (
  SELECT s.plate, s.slip_no, s.from_time, s.to_time, s.year, e.plate IS NOT NULL AS equipped,
    date_diff('day', DATE '1990-01-01', CAST(s.from_time AS DATE)) AS day_no
  FROM ended_slips AS s
  LEFT JOIN equipped AS e ON e.plate = s.plate AND e.year = s.year
  WHERE NOT EXISTS (SELECT 1 FROM steps AS t WHERE t.plate = s.plate AND t.time BETWEEN s.from_time AND s.to_time)
),
silent AS (
  SELECT s.plate, s.slip_no, s.from_time, s.to_time, s.year, s.equipped, s.equipped AND u.year IS NOT NULL
    AND NOT coalesce(k.holiday, mod(s.day_no, 7) >= 5) AND coalesce(d.cars, 0) * 2 * u.days <= u.cars AS outage
  FROM silent_slips AS s
  LEFT JOIN usual AS u ON u.year = s.year
  LEFT JOIN days_off AS k ON k.day_no = s.day_no
  LEFT JOIN day_cars AS d ON d.year = s.year AND d.day_no = s.day_no
),
far_breaks AS (
  SELECT m.plate, m.last_time, m.time, m.minutes, m.metres, sum(CASE WHEN s.plate IS NULL THEN 0
      ELSE minutes_between(greatest(s.from_time, m.last_time), least(s.to_time, m.time)) END) AS slip_minutes
  FROM moves AS m
  LEFT JOIN slip_times AS s ON s.plate = m.plate AND s.from_time < m.time AND s.to_time > m.last_time
  WHERE m.minutes >= $no_track_minutes AND m.metres >= $jump_metres
  GROUP BY m.plate, m.last_time, m.time, m.minutes, m.metres
),
-- A slip that lies wholly in the break has no point at all: it is told as that.
all_breaks AS (
  SELECT b.plate, b.last_time, b.time, b.minutes, b.metres, b.slip_minutes, min(s.slip_no) AS slip_no
  FROM far_breaks AS b
  LEFT JOIN slips AS s ON s.plate = b.plate AND s.from_time < b.time AND s.to_time > b.last_time
    AND (s.from_time <= b.last_time OR s.to_time >= b.time)
    AND minutes_between(greatest(s.from_time, b.last_time), least(s.to_time, b.time)) >= $no_track_minutes
  GROUP BY b.plate, b.last_time, b.time, b.minutes, b.metres, b.slip_minutes
),
-- The first and the last whole day of a break tell whether others were seen.
break_days AS (
  SELECT *, extract(year FROM time) AS year, date_diff('day', DATE '1990-01-01', CAST(last_time AS DATE)) + 1 AS first_day,
    date_diff('day', DATE '1990-01-01', CAST(time AS DATE)) - 1 AS last_day
  FROM all_breaks
),
breaks AS (
  SELECT b.plate, b.last_time, b.time, b.minutes, b.metres, b.slip_minutes, b.slip_no, b.year, u.year IS NOT NULL
    AND b.first_day <= b.last_day AND (
      (NOT coalesce(k.holiday, mod(b.first_day, 7) >= 5) AND coalesce(d.cars, 0) * 2 * u.days <= u.cars)
      OR (NOT coalesce(l.holiday, mod(b.last_day, 7) >= 5) AND coalesce(e.cars, 0) * 2 * u.days <= u.cars)) AS outage
  FROM break_days AS b
  LEFT JOIN usual AS u ON u.year = b.year
  LEFT JOIN days_off AS k ON k.day_no = b.first_day
  LEFT JOIN day_cars AS d ON d.year = b.year AND d.day_no = b.first_day
  LEFT JOIN days_off AS l ON l.day_no = b.last_day
  LEFT JOIN day_cars AS e ON e.year = b.year AND e.day_no = b.last_day
),
without_device AS (
  SELECT plate, min(from_time) AS from_time, max(to_time) AS to_time, min(to_time) AS decisive, min(slip_no) AS slip_no,
    count(*) AS slips
  FROM silent
  WHERE NOT equipped
  GROUP BY plate, year
),
outages AS (
  SELECT year, from_time AS since, to_time AS decisive FROM silent WHERE outage
  UNION ALL
  SELECT year, last_time, time
  FROM breaks
  WHERE outage AND (slip_no IS NOT NULL OR (slip_minutes < $no_track_minutes AND metres >= $unseen_metres))
),
system_outages AS (
  SELECT min(since) AS since, max(since) AS until, min(decisive) AS decisive, count(*) AS cases
  FROM outages GROUP BY year
),
-- d: from minute to minute, so that a point every second is no standing still; moves one after another are a trip.
-- A drifting point flies faster than any car.
by_minute AS (
  SELECT plate, year, time, lat, lon,
    lag(time) OVER (PARTITION BY plate, year ORDER BY time) AS last_time,
    lag(lat) OVER (PARTITION BY plate, year ORDER BY time) AS last_lat,
    lag(lon) OVER (PARTITION BY plate, year ORDER BY time) AS last_lon
  FROM steps
  WHERE last_time IS NULL OR date_trunc('minute', last_time) <> date_trunc('minute', time)
),
minute_moves AS (
  SELECT plate, year, time, last_time, metres_between(last_lat, last_lon, lat, lon) AS metres,
    minutes_between(last_time, time) AS minutes
  FROM by_minute
  WHERE last_time IS NOT NULL
),
moving AS (
  SELECT *, lag(time) OVER (PARTITION BY plate, year ORDER BY time) AS before
  FROM minute_moves
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
  SELECT plate, year, trip, min(last_time) AS started_at, max(time) AS ended_at, sum(metres) AS metres
  FROM trip_numbers
  GROUP BY plate, year, trip
  HAVING sum(metres) >= $d1
),
with_slips AS (
  SELECT t.plate, t.year, t.trip, t.started_at, t.ended_at, t.metres, count(s.plate) AS slips,
    minutes_between(t.started_at, t.ended_at) - sum(CASE WHEN s.plate IS NULL THEN 0
      ELSE minutes_between(greatest(s.from_time, t.started_at), least(s.to_time, t.ended_at)) END) AS loose
  FROM trips AS t
  LEFT JOIN slip_times AS s ON s.plate = t.plate AND s.from_time <= t.ended_at AND s.to_time >= t.started_at
  GROUP BY t.plate, t.year, t.trip, t.started_at, t.ended_at, t.metres
),
-- Who is late by half an hour is covered; beyond that it is what was driven outside of the slips that counts.
beyond_slip AS (
  SELECT w.plate, w.started_at, w.ended_at, w.metres, sum(n.metres) AS loose_metres
  FROM with_slips AS w
  JOIN trip_numbers AS n ON n.plate = w.plate AND n.year = w.year AND n.trip = w.trip
  WHERE w.slips > 0 AND w.loose > $late_minutes AND NOT EXISTS (SELECT 1 FROM slips AS s
    WHERE s.plate = n.plate AND s.from_time < n.time AND s.to_time > n.last_time)
  GROUP BY w.plate, w.started_at, w.ended_at, w.metres
  HAVING sum(n.metres) >= $d1
),
-- Who has a track or a slip and is in no register cannot be judged.
strangers AS (
  SELECT plate, extract(year FROM time) AS year, min(time) AS first_seen FROM track
  WHERE plate NOT IN (SELECT plate FROM cars)
  GROUP BY plate, extract(year FROM time)
  UNION ALL
  SELECT plate, extract(year FROM from_time), min(from_time) FROM slips
  WHERE plate NOT IN (SELECT plate FROM cars)
  GROUP BY plate, extract(year FROM from_time)
),
unregistered AS (
  SELECT plate, min(first_seen) AS first_seen FROM strangers GROUP BY plate, year
),
found AS (
  SELECT plate, 'a' AS rule, 'poi_stay' AS reason, started_at, ended_at, started_at AS decisive, name AS place, minutes,
    CAST(NULL AS BIGINT) AS metres, CAST(NULL AS VARCHAR) AS slip_no, CAST(NULL AS BIGINT) AS loose,
    CAST(NULL AS TIMESTAMP) AS entered_at
  FROM stays
  UNION ALL
  SELECT plate, 'b', CASE WHEN out_time IS NULL THEN 'no_exit' WHEN overnight THEN 'parked_elsewhere'
    ELSE 'parked_holiday' END, since_time, coalesce(out_time, since_time), since_time, lot, minutes, NULL, NULL,
    CASE WHEN overnight THEN night_minutes ELSE day_minutes END, in_time
  FROM nights
  WHERE out_time IS NULL OR overnight OR on_holiday
  UNION ALL
  SELECT plate, 'c', 'slip_without_track', from_time, to_time, to_time, NULL, minutes_between(from_time, to_time), NULL,
    slip_no, NULL, NULL
  FROM silent
  WHERE equipped AND NOT outage
  UNION ALL
  SELECT plate, 'c', 'no_device', from_time, to_time, decisive, NULL, NULL, NULL, slip_no, slips, NULL
  FROM without_device
  UNION ALL
  SELECT '-', 's', 'system_outage', since, until, decisive, NULL, NULL, NULL, NULL, cases, NULL
  FROM system_outages
  UNION ALL
  SELECT plate, 'c', 'track_gap', last_time, time, time, NULL, minutes, metres, slip_no, slip_minutes, NULL
  FROM breaks
  WHERE slip_no IS NOT NULL AND NOT outage
  UNION ALL
  SELECT plate, 'd', 'unseen_move', last_time, time, last_time, NULL, minutes, metres, NULL, slip_minutes, NULL
  FROM breaks
  WHERE slip_no IS NULL AND NOT outage AND slip_minutes < $no_track_minutes AND metres >= $unseen_metres
  UNION ALL
  SELECT plate, 'd', 'trip_without_slip', started_at, ended_at, started_at, NULL, minutes_between(started_at, ended_at),
    metres, NULL, NULL, NULL
  FROM with_slips
  WHERE slips = 0
  UNION ALL
  SELECT plate, 'd', 'trip_beyond_slip', started_at, ended_at, started_at, NULL, minutes_between(started_at, ended_at),
    metres, NULL, loose_metres, NULL
  FROM beyond_slip
  UNION ALL
  SELECT plate, 'r', 'unregistered', first_seen, first_seen, first_seen, NULL, NULL, NULL, NULL, NULL, NULL
  FROM unregistered
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
  CASE WHEN o.reason IN ('no_exit', 'no_device', 'unregistered', 'system_outage') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN o.reason IN ('no_exit', 'no_device', 'unregistered', 'system_outage') THEN NULL
    WHEN o.reason = 'trip_without_slip' AND o.metres >= $red_metres THEN 'red' ELSE 'yellow' END AS colour,
  CAST(CASE o.reason WHEN 'poi_stay' THEN least(90, 40 + floor(ratio(o.minutes, 10, 0)))
    WHEN 'parked_elsewhere' THEN 45 WHEN 'parked_holiday' THEN 35 WHEN 'slip_without_track' THEN 30
    WHEN 'track_gap' THEN least(70, 30 + floor(ratio(o.metres, 2000, 0)))
    WHEN 'unseen_move' THEN least(70, 30 + floor(ratio(o.metres, 2000, 0)))
    WHEN 'trip_beyond_slip' THEN least(80, 30 + floor(ratio(o.loose, 2000, 0)))
    WHEN 'trip_without_slip' THEN least(95, 35 + floor(ratio(o.metres, 2000, 0))) END AS INTEGER) AS score,
  o.reason,
  FALSE AS explainable,
  c.unit_name, strftime(o.ended_at, '%Y-%m-%d %H:%M') AS ended, o.place, o.minutes, CAST(o.metres AS BIGINT) AS metres,
  CASE WHEN o.reason IN ('parked_elsewhere', 'parked_holiday') THEN CAST(o.loose AS BIGINT) END AS loose_minutes,
  CASE WHEN o.reason = 'trip_beyond_slip' THEN CAST(o.loose AS BIGINT) END AS loose_metres,
  CASE WHEN o.reason IN ('track_gap', 'unseen_move') THEN CAST(o.loose AS BIGINT) END AS slip_minutes,
  CASE WHEN o.reason IN ('no_device', 'system_outage') THEN CAST(o.loose AS BIGINT) END AS times,
  CAST(o.decisive AS DATE) AS day, o.started_at, o.ended_at, o.entered_at, o.slip_no
FROM once AS o
LEFT JOIN cars AS c ON c.plate = o.plate
WHERE o.place_in_line = 1
