WITH aided AS (
  SELECT b.benefit_no, b.household_id, b.person_id, b.village, b.from_date, b.declared_income,
    coalesce(b.to_date, $today) AS to_date
  FROM benefit AS b
  JOIN scheme AS s ON s.scheme = b.scheme
  WHERE s.means_tested
),
-- The holder belongs to the household whether listed in it or not.
members AS (
  SELECT a.benefit_no, a.household_id, h.person_id,
    greatest(a.from_date, coalesce(h.from_date, a.from_date)) AS from_date,
    least(a.to_date, coalesce(h.to_date, a.to_date)) AS to_date
  FROM aided AS a
  JOIN household AS h ON h.household_id = a.household_id AND h.person_id <> a.person_id
  UNION ALL
  SELECT benefit_no, household_id, person_id, from_date, to_date FROM aided
),
regions AS (
  SELECT household_id, min(village) AS village, min(benefit_no) AS benefit_no, max(declared_income) AS declared_income
  FROM aided
  GROUP BY household_id
),
cars AS (
  SELECT m.household_id, v.plate AS thing, max(v.value) AS value, max(m.person_id) AS owner,
    min(greatest(m.from_date, v.reg_date)) AS since
  FROM members AS m
  JOIN vehicle AS v ON v.owner_id = m.person_id
  WHERE strpos(v.kind, '三轮') = 0 AND strpos(v.kind, '残疾') = 0
    AND date_diff('day', greatest(m.from_date, v.reg_date), least(m.to_date, coalesce(v.to_date, $today)))
      >= $min_months * 30
  GROUP BY m.household_id, v.plate
),
car_sums AS (
  SELECT c.household_id, count(*) FILTER (WHERE c.value > setting('v0', r.village)) AS vehicles,
    coalesce(sum(CASE WHEN c.value > setting('v0', r.village) THEN c.value END), 0) AS vehicle_value,
    bool_or(c.value IS NULL) AS unknown, min(c.since) AS since
  FROM cars AS c
  JOIN regions AS r ON r.household_id = c.household_id
  GROUP BY c.household_id
),
-- Whose rows are frozen as evidence.
car_owners AS (
  SELECT c.household_id, c.owner
  FROM cars AS c
  JOIN regions AS r ON r.household_id = c.household_id
  WHERE c.value > setting('v0', r.village)
  QUALIFY row_number() OVER (PARTITION BY c.household_id ORDER BY c.value DESC, c.thing) = 1
),
flats AS (
  SELECT m.household_id, count(DISTINCT h.house_no) AS houses, min(m.person_id) AS owner, max(m.person_id) AS other,
    min(greatest(m.from_date, h.reg_date)) AS since
  FROM members AS m
  JOIN house AS h ON h.owner_id = m.person_id
  WHERE h.acquired_by <> '继承'
    AND date_diff('day', greatest(m.from_date, h.reg_date), least(m.to_date, coalesce(h.to_date, $today)))
      >= $min_months * 30
  GROUP BY m.household_id
),
shops AS (
  SELECT m.household_id, count(DISTINCT b.firm) AS roles, min(m.person_id) AS owner,
    min(greatest(m.from_date, b.from_date)) AS since
  FROM members AS m
  JOIN business AS b ON b.owner_id = m.person_id
  WHERE b.state = '存续' AND (b.role IN ('法定代表人', '经营者') OR (b.role = '股东' AND b.capital >= $c0))
    AND date_diff('day', greatest(m.from_date, b.from_date), least(m.to_date, coalesce(b.to_date, $today)))
      >= $min_months * 30
  GROUP BY m.household_id
),
wage AS (
  SELECT m.household_id, m.person_id, i.base, greatest(m.from_date, i.from_date) AS since
  FROM members AS m
  JOIN regions AS r ON r.household_id = m.household_id
  JOIN social_insurance AS i ON i.person_id = m.person_id
  WHERE i.base > setting('base_line', r.village)
    AND date_diff('day', greatest(m.from_date, i.from_date), least(m.to_date, coalesce(i.to_date, $today)))
      >= $min_months * 30
),
wages AS (
  SELECT household_id, max(base) AS base, min(since) AS since FROM wage GROUP BY household_id
),
wage_owners AS (
  SELECT household_id, person_id
  FROM wage
  QUALIFY row_number() OVER (PARTITION BY household_id ORDER BY base DESC, person_id) = 1
),
disabled AS (
  SELECT DISTINCT household_id FROM household WHERE disabled
),
counted AS (
  SELECT r.household_id, r.village, r.benefit_no, r.declared_income, coalesce(c.vehicles, 0) AS vehicles,
    coalesce(c.vehicle_value, 0) AS vehicle_value, coalesce(c.unknown, FALSE) AS unknown,
    coalesce(f.houses, 0) AS houses, coalesce(s.roles, 0) AS roles, w.base, d.household_id IS NOT NULL AS disabled,
    o.owner AS car_owner, f.owner AS house_owner, f.other AS other_house_owner, s.owner AS business_owner,
    i.person_id AS insured_person, c.vehicles > 0 AS has_car, coalesce(f.houses > setting('h0', r.village), FALSE) AS has_flats,
    least(coalesce(c.since, DATE '9999-12-31'), coalesce(f.since, DATE '9999-12-31'),
      coalesce(s.since, DATE '9999-12-31'), coalesce(w.since, DATE '9999-12-31')) AS since
  FROM regions AS r
  LEFT JOIN car_sums AS c ON c.household_id = r.household_id
  LEFT JOIN car_owners AS o ON o.household_id = r.household_id
  LEFT JOIN flats AS f ON f.household_id = r.household_id
  LEFT JOIN shops AS s ON s.household_id = r.household_id
  LEFT JOIN wages AS w ON w.household_id = r.household_id
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
    WHEN unknown THEN 'value_unknown' END AS reason
  FROM judged
)
SELECT
  household_id,
  CAST(extract(year FROM since) AS VARCHAR) AS period,
  CASE WHEN reason = 'value_unknown' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'disabled_car' THEN 'blue' WHEN reason = 'property' AND signs > 1 THEN 'red'
    WHEN reason = 'property' THEN 'yellow' END AS colour,
  CAST(CASE WHEN reason = 'disabled_car' THEN 10
    WHEN reason = 'property' THEN least(100, 20 + 20 * signs + floor(ratio(vehicle_value, 20000, 0))) END AS INTEGER)
    AS score,
  reason,
  reason = 'disabled_car' AS explainable,
  village, benefit_no, signs, vehicles, CAST(vehicle_value AS DECIMAL(14, 2)) AS vehicle_value, houses, roles, base,
  declared_income, since, car_owner, CASE WHEN has_flats THEN house_owner END AS house_owner,
  CASE WHEN has_flats AND other_house_owner <> house_owner THEN other_house_owner END AS other_house_owner,
  business_owner, insured_person
FROM reasoned
WHERE reason IS NOT NULL
