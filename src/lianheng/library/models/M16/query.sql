WITH total AS (
  SELECT tender_no, bidder, sum(score) AS all_scores, count(*) AS experts FROM bid_score GROUP BY tender_no, bidder
),
-- What each expert gave the winner, and what the others gave on average: (all - own) / (experts - 1), multiplied out.
given AS (
  SELECT s.expert_id, s.tender_no, s.bidder, s.score, CAST(extract(year FROM s.score_date) AS BIGINT) AS year,
    t.all_scores - s.score AS others, t.experts - 1 AS other_experts,
    -- One tender counts for 100 % at most, also where all the others gave nothing.
    CASE
      WHEN t.experts > 1 AND t.all_scores = s.score AND s.score > 0 THEN CAST(1 AS DECIMAL(18, 6))
      WHEN t.experts > 1 AND t.all_scores = s.score THEN CAST(0 AS DECIMAL(18, 6))
      ELSE least(CAST(1 AS DECIMAL(18, 6)),
        ratio(s.score * (t.experts - 1) - (t.all_scores - s.score), t.all_scores - s.score, 6))
    END AS higher
  FROM bid_score AS s
  JOIN award AS a ON a.tender_no = s.tender_no AND a.winner = s.bidder
  JOIN total AS t ON t.tender_no = s.tender_no AND t.bidder = s.bidder
),
best AS (
  SELECT tender_no, expert_id, max(score) AS top FROM bid_score GROUP BY tender_no, expert_id
),
judged AS (
  SELECT g.*, g.score = b.top AS first_place
  FROM given AS g
  JOIN best AS b ON b.tender_no = g.tender_no AND b.expert_id = g.expert_id
),
seen AS (
  SELECT DISTINCT expert_id, tender_no, CAST(extract(year FROM score_date) AS BIGINT) AS year FROM bid_score
),
years AS (
  SELECT DISTINCT expert_id, year FROM seen
),
-- Two years up to the year of the row; a tender without a known winner, or without other experts, cannot be compared.
by_expert AS (
  SELECT y.expert_id, '全部' AS bidder, y.year, count(*) AS scored,
    sum(CASE WHEN j.other_experts > 0 THEN 1 ELSE 0 END) AS compared,
    sum(CASE WHEN j.other_experts > 0 THEN j.higher ELSE 0 END) AS gaps,
    sum(CASE WHEN j.other_experts > 0 AND j.higher >= $gap THEN 1 ELSE 0 END) AS above,
    sum(CASE WHEN j.other_experts > 0 AND j.first_place THEN 1 ELSE 0 END) AS first_places
  FROM years AS y
  JOIN seen AS s ON s.expert_id = y.expert_id AND s.year BETWEEN y.year - 1 AND y.year
  LEFT JOIN judged AS j ON j.expert_id = s.expert_id AND j.tender_no = s.tender_no
  GROUP BY y.expert_id, y.year
),
by_bidder AS (
  SELECT y.expert_id, j.bidder, y.year, count(*) AS scored, count(*) AS compared, sum(j.higher) AS gaps,
    sum(CASE WHEN j.higher >= $pair_gap THEN 1 ELSE 0 END) AS above, count(*) AS first_places
  FROM years AS y
  JOIN judged AS j ON j.expert_id = y.expert_id AND j.year BETWEEN y.year - 1 AND y.year
  WHERE j.first_place AND j.other_experts > 0
  GROUP BY y.expert_id, j.bidder, y.year
),
-- One tender in which the others gave nothing must not make the average: most tenders show the gap.
found AS (
  SELECT expert_id, '偏高' AS issue, bidder, year, 'scores_higher' AS reason, scored, compared, gaps,
    first_places
  FROM by_expert
  WHERE compared >= $tenders AND above * 2 > compared AND gaps >= compared * $gap
  UNION ALL
  SELECT expert_id, '同一投标人', bidder, year, 'same_bidder', scored, compared, gaps, first_places
  FROM by_bidder
  WHERE first_places >= $recurrence AND above * 2 > compared AND gaps >= compared * $pair_gap
  UNION ALL
  SELECT expert_id, '偏高', bidder, year, 'not_comparable', scored, compared, NULL, first_places
  FROM by_expert
  WHERE compared < $tenders AND scored >= $tenders
),
explained AS (
  SELECT f.*, e.pool AS pool_size, CASE
      WHEN f.reason <> 'not_comparable' AND coalesce(e.only_specialist, FALSE) THEN 'only_specialist'
      WHEN f.reason <> 'not_comparable' AND e.pool <= $pool THEN 'few_experts'
      ELSE f.reason
    END AS final_reason
  FROM found AS f
  LEFT JOIN expert AS e ON e.expert_id = f.expert_id
)
SELECT
  expert_id, issue, bidder,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN final_reason = 'not_comparable' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN final_reason = 'not_comparable' THEN NULL WHEN final_reason IN ('few_experts', 'only_specialist') THEN 'blue'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE final_reason
    WHEN 'scores_higher' THEN least(80, 40 + compared) WHEN 'same_bidder' THEN least(90, 50 + first_places * 2)
    WHEN 'few_experts' THEN 10 WHEN 'only_specialist' THEN 10
  END AS INTEGER) AS score,
  final_reason AS reason,
  final_reason IN ('few_experts', 'only_specialist') AS explainable,
  CAST(scored AS BIGINT) AS scored, CAST(compared AS BIGINT) AS compared,
  CAST(ratio(gaps, compared, 4) AS DECIMAL(8, 4)) AS mean_gap,
  CAST(first_places AS BIGINT) AS first_places,
  CAST(ratio(first_places, compared, 4) AS DECIMAL(8, 4)) AS top_share, pool_size
FROM explained
