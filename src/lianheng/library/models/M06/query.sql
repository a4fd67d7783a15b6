-- A village is looked at in every year of which populations are known, its own or not, and in the last full year.
WITH years AS (
  SELECT year FROM population
  UNION
  SELECT CAST(extract(year FROM $today) AS BIGINT) - 1
),
places AS (
  SELECT village, max(village_name) AS village_name
  FROM (SELECT village, village_name FROM population UNION ALL SELECT village, NULL FROM benefit) AS named
  GROUP BY village
),
villages AS (
  SELECT v.village, coalesce(p.village_name, v.village_name, v.village) AS village_name, y.year, p.persons
  FROM places AS v
  CROSS JOIN years AS y
  LEFT JOIN population AS p ON p.village = v.village AND p.year = y.year
),
-- In office on any day of the year.
officers AS (
  SELECT DISTINCT v.village, v.year, o.person_id
  FROM villages AS v
  JOIN officer AS o ON o.village = v.village
  WHERE extract(year FROM o.from_date) <= v.year AND coalesce(extract(year FROM o.to_date), v.year) >= v.year
),
-- Kin on any day of the year.
relatives AS (
  SELECT o.village, o.year, k.kin_id AS person_id, min(coalesce(k.relation, '近亲属')) AS relation
  FROM officers AS o
  JOIN kin_tie AS k ON k.person_id = o.person_id
  WHERE coalesce(extract(year FROM k.from_date), o.year) <= o.year
    AND coalesce(extract(year FROM k.to_date), o.year) >= o.year
  GROUP BY o.village, o.year, k.kin_id
),
-- Who is both an officer and a relative counts as an officer.
linked_people AS (
  SELECT village, year, person_id, '本人' AS relation FROM officers
  UNION ALL
  SELECT r.village, r.year, r.person_id, r.relation
  FROM relatives AS r
  LEFT JOIN officers AS o ON o.village = r.village AND o.year = r.year AND o.person_id = r.person_id
  WHERE o.person_id IS NULL
),
linked_counts AS (
  SELECT village, year, count(*) AS linked_persons FROM linked_people GROUP BY village, year
),
kin_counts AS (
  SELECT o.village, o.year, count(*) AS known_kin
  FROM officers AS o
  JOIN kin_tie AS k ON k.person_id = o.person_id
  GROUP BY o.village, o.year
),
aided AS (
  SELECT v.village, v.year, b.person_id, min(coalesce(b.listed_on, DATE '9999-12-31')) AS listed_on
  FROM villages AS v
  JOIN benefit AS b ON b.village = v.village
  JOIN scheme AS s ON s.scheme = b.scheme
  WHERE s.hardship AND extract(year FROM b.from_date) <= v.year
    AND coalesce(extract(year FROM b.to_date), v.year) >= v.year
  GROUP BY v.village, v.year, b.person_id
),
listed AS (
  SELECT a.village, a.year, a.person_id, l.person_id IS NOT NULL AS linked, l.relation,
    row_number() OVER (PARTITION BY a.village, a.year ORDER BY a.listed_on, a.person_id) AS place
  FROM aided AS a
  LEFT JOIN linked_people AS l ON l.village = a.village AND l.year = a.year AND l.person_id = a.person_id
),
counted AS (
  SELECT village, year, count(*) AS beneficiaries, count(*) FILTER (WHERE linked) AS linked,
    count(*) FILTER (WHERE linked AND place <= $first_listed) AS early
  FROM listed
  GROUP BY village, year
),
tied AS (
  SELECT village, year, relation, count(*) AS people FROM listed WHERE linked GROUP BY village, year, relation
),
-- How those who benefit are tied to the officers, most of them first.
ties AS (
  SELECT village, year,
    string_agg(concat(relation, CAST(people AS VARCHAR), '人'), '、' ORDER BY people DESC, relation) AS tied_text
  FROM tied
  GROUP BY village, year
),
compared AS (
  SELECT v.village, v.village_name, v.year, v.persons, c.beneficiaries, c.linked, c.early, n.linked_persons, i.tied_text,
    coalesce(k.known_kin, 0) AS known_kin, ratio(c.linked, c.beneficiaries, 4) AS share,
    ratio(n.linked_persons, v.persons, 4) AS population_share,
    ratio(c.linked * v.persons, c.beneficiaries * n.linked_persons, 2) AS times
  FROM counted AS c
  JOIN villages AS v ON v.village = c.village AND v.year = c.year
  LEFT JOIN linked_counts AS n ON n.village = c.village AND n.year = c.year
  LEFT JOIN ties AS i ON i.village = c.village AND i.year = c.year
  LEFT JOIN kin_counts AS k ON k.village = c.village AND k.year = c.year
  WHERE c.beneficiaries >= $min_linked
),
judged AS (
  SELECT *, CASE WHEN linked_persons IS NULL THEN 'no_officer' WHEN known_kin = 0 THEN 'no_kin'
    WHEN coalesce(persons, 0) = 0 THEN 'no_population'
    WHEN linked >= $min_linked AND linked * persons >= $lift * beneficiaries * linked_persons THEN 'over_represented'
    END AS reason
  FROM compared
)
SELECT
  village,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IS NULL THEN 'clear' WHEN reason = 'over_represented' THEN 'flag' ELSE 'cannot_tell' END AS result,
  CASE WHEN reason = 'over_represented' THEN 'yellow' END AS colour,
  CAST(CASE WHEN reason = 'over_represented' THEN least(60, 20 + floor(times) + linked) END AS INTEGER) AS score,
  reason,
  FALSE AS explainable,
  village_name, year, beneficiaries, linked, linked_persons, persons, share, population_share, times, early,
  tied_text
FROM judged
