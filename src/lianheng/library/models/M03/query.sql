-- What is granted ahead has not been lived yet: a spell ends today at the latest.
WITH aided AS (
  SELECT b.benefit_no, b.household_id, b.person_id, b.village, b.from_date, b.declared_income,
    least(coalesce(b.to_date, $today), $today) AS to_date
  FROM benefit AS b
  JOIN scheme AS s ON s.scheme = b.scheme
  WHERE s.means_tested AND b.from_date <= $today
),
-- The holder belongs to the household whether listed in it or not.
members AS (
  SELECT a.household_id, h.person_id,
    greatest(a.from_date, coalesce(h.from_date, a.from_date)) AS from_date,
    least(a.to_date, coalesce(h.to_date, a.to_date)) AS to_date
  FROM aided AS a
  JOIN household AS h ON h.household_id = a.household_id AND h.person_id <> a.person_id
  UNION ALL
  SELECT household_id, person_id, from_date, to_date FROM aided
),
regions AS (
  SELECT household_id, min(village) AS village, min(benefit_no) AS benefit_no, max(declared_income) AS declared_income
  FROM aided
  GROUP BY household_id
),
-- What members had, and from when to when they had it while aided. Of wages only those over the line count; what is not
-- known is kept apart.
had AS (
  SELECT m.household_id, 'car' AS kind, v.plate AS thing, m.person_id AS owner, v.value,
    greatest(m.from_date, v.reg_date) AS since, least(m.to_date, coalesce(v.to_date, m.to_date)) AS until
  FROM members AS m
  JOIN vehicle AS v ON v.owner_id = m.person_id
  WHERE strpos(v.kind, '三轮') = 0 AND strpos(v.kind, '残疾') = 0
  UNION ALL
  SELECT m.household_id, 'flat', h.house_no, m.person_id, NULL, greatest(m.from_date, h.reg_date),
    least(m.to_date, coalesce(h.to_date, m.to_date))
  FROM members AS m
  JOIN house AS h ON h.owner_id = m.person_id
  WHERE strpos(h.acquired_by, '继承') = 0 AND strpos(h.use, '非住') = 0 AND strpos(h.use, '车位') = 0
    AND strpos(h.use, '车库') = 0
    AND (strpos(h.use, '住') > 0 OR strpos(h.use, '公寓') > 0 OR strpos(h.use, '宿舍') > 0 OR strpos(h.use, '别墅') > 0)
  UNION ALL
  SELECT m.household_id, CASE WHEN (b.role = '股东' AND b.capital IS NULL) OR (b.state <> '存续' AND b.to_date IS NULL)
      THEN 'shop?' ELSE 'shop' END, b.firm, m.person_id, NULL, greatest(m.from_date, b.from_date),
    least(m.to_date, coalesce(b.to_date, m.to_date))
  FROM members AS m
  JOIN business AS b ON b.owner_id = m.person_id
  WHERE b.role IN ('法定代表人', '经营者') OR (b.role = '股东' AND (b.capital >= $c0 OR b.capital IS NULL))
  UNION ALL
  SELECT m.household_id, 'wage', '', m.person_id, i.base, greatest(m.from_date, i.from_date),
    least(m.to_date, coalesce(i.to_date, m.to_date))
  FROM members AS m
  JOIN regions AS r ON r.household_id = m.household_id
  JOIN social_insurance AS i ON i.person_id = m.person_id
  WHERE i.base > setting('base_line', r.village)
),
-- Spells of aid, of ownership, of insurance that follow each other count together, and a day once.
covered AS (
  SELECT *, max(until) OVER (PARTITION BY household_id, kind, thing ORDER BY since, until, owner, value
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS already
  FROM had
  WHERE since <= until
),
things AS (
  SELECT household_id, kind, thing, max(value) AS value, min(owner) AS owner, max(owner) AS other, min(since) AS since,
    max(until) AS until
  FROM covered
  GROUP BY household_id, kind, thing
  HAVING sum(CASE WHEN already >= until THEN 0 WHEN already >= since THEN date_diff('day', already, until)
      ELSE date_diff('day', since, until) + 1 END)
    >= $min_months * 30 - CASE WHEN $min_months = 1 THEN 2 ELSE 1 END
),
cars AS (
  SELECT t.household_id, t.thing, t.value, t.other AS owner, t.since, t.until, t.value IS NULL AS unknown
  FROM things AS t
  JOIN regions AS r ON r.household_id = t.household_id
  WHERE t.kind = 'car' AND (t.value IS NULL OR t.value > setting('v0', r.village))
),
car_sums AS (
  SELECT household_id, count(*) FILTER (WHERE NOT unknown) AS vehicles, coalesce(sum(value), 0) AS vehicle_value,
    bool_or(unknown) AS unknown, min(CASE WHEN NOT unknown THEN since END) AS since,
    min(CASE WHEN unknown THEN since END) AS unknown_since
  FROM cars
  GROUP BY household_id
),
-- Whose rows are frozen as evidence.
car_owners AS (
  SELECT household_id, owner
  FROM cars
  WHERE NOT unknown
  QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY value DESC, thing) = 1
),
-- Flats had at the same time: who sells one and buys another has one.
at_once AS (
  SELECT a.household_id, a.thing, a.since, count(*) AS flats, min(b.owner) AS owner, max(b.other) AS other
  FROM things AS a
  JOIN things AS b ON b.household_id = a.household_id AND b.kind = 'flat' AND b.since <= a.since
    AND date_diff('day', a.since, least(a.until, b.until)) + 1
      >= $min_months * 30 - CASE WHEN $min_months = 1 THEN 2 ELSE 1 END
  WHERE a.kind = 'flat'
  GROUP BY a.household_id, a.thing, a.since
),
flats AS (
  SELECT a.household_id, max(a.flats) AS houses, min(CASE WHEN a.flats > setting('h0', r.village) THEN a.since END) AS since,
    min(CASE WHEN a.flats > setting('h0', r.village) THEN a.owner END) AS owner,
    max(CASE WHEN a.flats > setting('h0', r.village) THEN a.other END) AS other
  FROM at_once AS a
  JOIN regions AS r ON r.household_id = a.household_id
  GROUP BY a.household_id
),
others AS (
  SELECT household_id, count(*) FILTER (WHERE kind = 'shop') AS roles,
    min(CASE WHEN kind = 'shop' THEN since END) AS shop_since, min(CASE WHEN kind = 'shop' THEN owner END) AS shop_owner,
    min(CASE WHEN kind = 'shop?' THEN since END) AS shop_unknown_since,
    max(CASE WHEN kind = 'wage' THEN value END) AS base, min(CASE WHEN kind = 'wage' THEN since END) AS wage_since
  FROM things
  WHERE kind IN ('shop', 'shop?', 'wage')
  GROUP BY household_id
),
wage_owners AS (
  SELECT household_id, owner
  FROM covered
  WHERE kind = 'wage'
  QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY value DESC, owner, since, until) = 1
),
-- A disabled member of the household while it had the car.
disabled AS (
  SELECT DISTINCT c.household_id
  FROM cars AS c
  JOIN household AS h ON h.household_id = c.household_id
  WHERE h.disabled AND NOT c.unknown AND coalesce(h.from_date, c.since) <= c.until
    AND coalesce(h.to_date, c.until) >= c.since
),
counted AS (
  SELECT r.household_id, r.village, r.benefit_no, r.declared_income, coalesce(c.vehicles, 0) AS vehicles,
    coalesce(c.vehicle_value, 0) AS vehicle_value, coalesce(c.unknown, FALSE) AS unknown,
    coalesce(f.houses, 0) AS houses, coalesce(t.roles, 0) AS roles, t.base, d.household_id IS NOT NULL AS disabled,
    o.owner AS car_owner, f.owner AS house_owner, f.other AS other_house_owner, t.shop_owner AS business_owner,
    CASE WHEN t.base IS NOT NULL THEN i.owner END AS insured_person, coalesce(c.vehicles > 0, FALSE) AS has_car,
    f.since IS NOT NULL AS has_flats,
    least(coalesce(c.since, DATE '9999-12-31'), coalesce(f.since, DATE '9999-12-31'),
      coalesce(t.shop_since, DATE '9999-12-31'), coalesce(t.wage_since, DATE '9999-12-31')) AS known_since,
    c.unknown_since, t.shop_unknown_since
  FROM regions AS r
  LEFT JOIN car_sums AS c ON c.household_id = r.household_id
  LEFT JOIN car_owners AS o ON o.household_id = r.household_id
  LEFT JOIN flats AS f ON f.household_id = r.household_id
  LEFT JOIN others AS t ON t.household_id = r.household_id
  LEFT JOIN wage_owners AS i ON i.household_id = r.household_id
  LEFT JOIN disabled AS d ON d.household_id = r.household_id
),
judged AS (
  SELECT *, (CASE WHEN has_car THEN 1 ELSE 0 END) + (CASE WHEN has_flats THEN 1 ELSE 0 END)
    + (CASE WHEN roles > 0 THEN 1 ELSE 0 END) + (CASE WHEN base IS NOT NULL THEN 1 ELSE 0 END) AS signs
  FROM counted
),
reasoned AS (
  SELECT *, CASE WHEN signs = 1 AND has_car AND disabled THEN 'disabled_car' WHEN signs > 0 THEN 'property'
    WHEN unknown THEN 'value_unknown' WHEN shop_unknown_since IS NOT NULL THEN 'business_unknown' END AS reason,
    CASE WHEN signs > 0 THEN known_since WHEN unknown THEN unknown_since ELSE shop_unknown_since END AS since
  FROM judged
)
SELECT
  household_id,
  CAST(extract(year FROM since) AS VARCHAR) AS period,
  CASE WHEN reason IN ('value_unknown', 'business_unknown') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'disabled_car' THEN 'blue' WHEN reason = 'property' AND signs > 1 THEN 'red'
    WHEN reason = 'property' THEN 'yellow' END AS colour,
  CAST(CASE WHEN reason = 'disabled_car' THEN 10
    WHEN reason = 'property' THEN least(100, 20 + 20 * signs + floor(ratio(vehicle_value, 20000, 0))) END AS INTEGER)
    AS score,
  reason,
  reason = 'disabled_car' AS explainable,
  village, benefit_no, signs, vehicles, CAST(vehicle_value AS DECIMAL(14, 2)) AS vehicle_value, houses, roles, base,
  declared_income, since,
  concat_ws('、',
    CASE WHEN has_car THEN concat(CAST(vehicles AS VARCHAR), '辆较高价值车辆（合计',
      CAST(CAST(vehicle_value AS DECIMAL(14, 2)) AS VARCHAR), '元）') END,
    CASE WHEN has_flats THEN concat(CAST(houses AS VARCHAR), '套住房（不计继承）') END,
    CASE WHEN roles > 0 THEN concat(CAST(roles AS VARCHAR), '个经营主体') END,
    CASE WHEN base IS NOT NULL THEN concat('职工参保（基数最高每月', CAST(CAST(base AS DECIMAL(14, 2)) AS VARCHAR), '元）') END)
    AS found_text,
  car_owner, CASE WHEN has_flats THEN house_owner END AS house_owner,
  CASE WHEN has_flats AND other_house_owner <> house_owner THEN other_house_owner END AS other_house_owner,
  business_owner, insured_person
FROM reasoned
WHERE reason IS NOT NULL
