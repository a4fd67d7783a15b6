-- Relations that several models read; `lianheng relations` shows the same ties with the chain between two.

-- Kin, said from either side; what a pair is called by several rows stands together. A day that is not known leaves the
-- tie open at that end.
CREATE TABLE kin_tie AS
WITH told AS (
  SELECT person_a AS person_id, person_b AS kin_id, relation, from_date, to_date FROM kin
  UNION
  SELECT person_b, person_a, relation, from_date, to_date FROM kin
)
SELECT person_id, kin_id, string_agg(relation, '、' ORDER BY relation) AS relation,
  CASE WHEN count(from_date) = count(*) THEN min(from_date) END AS from_date,
  CASE WHEN count(to_date) = count(*) THEN max(to_date) END AS to_date
FROM told
WHERE person_id <> kin_id
GROUP BY person_id, kin_id;

-- A person, telephone or address that more than one firm has, with the number of firms: each model says from how many
-- on it is an agent's and ties nobody, and whether the days of both fit.
CREATE TABLE firm_tie AS
WITH has AS (
  SELECT firm, 'person' AS kind, person_id AS value, from_date, to_date FROM firm_person
  UNION
  SELECT firm, 'phone', phone, contact_from, contact_to FROM firm WHERE phone IS NOT NULL
  UNION
  SELECT firm, 'address', address, contact_from, contact_to FROM firm WHERE address IS NOT NULL
),
shared AS (
  SELECT kind, value, count(DISTINCT firm) AS firms FROM has GROUP BY kind, value HAVING count(DISTINCT firm) > 1
)
SELECT h.firm, h.kind, h.value, h.from_date, h.to_date, s.firms
FROM has AS h
JOIN shared AS s ON s.kind = h.kind AND s.value = h.value;
