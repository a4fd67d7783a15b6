WITH scored AS (
  SELECT s.tender_no, s.expert_id, s.bidder, s.score, a.winner
  FROM bid_score AS s
  JOIN award AS a ON a.tender_no = s.tender_no
),
total AS (
  SELECT tender_no, bidder, sum(score) AS points, count(*) AS marks FROM scored GROUP BY tender_no, bidder
),
fewest AS (
  SELECT tender_no, min(marks) AS marks FROM total GROUP BY tender_no
),
top AS (
  SELECT tender_no, expert_id, max(score) AS score FROM scored GROUP BY tender_no, expert_id
),
panel AS (
  SELECT s.tender_no, count(DISTINCT s.expert_id) AS panel_size, bool_or(s.bidder = s.winner) AS winner_scored,
    sum(CASE WHEN s.bidder = s.winner AND s.score = t.score THEN 1 ELSE 0 END) AS first_by
  FROM scored AS s
  JOIN top AS t ON t.tender_no = s.tender_no AND t.expert_id = s.expert_id
  GROUP BY s.tender_no
),
tender AS (
  SELECT a.tender_no, coalesce(a.tender_name, a.tender_no) AS tender_name,
    coalesce(a.owner_name, '招标人未登记') AS owner_name, a.winner, a.award_date, p.panel_size, p.first_by, CASE
      WHEN p.tender_no IS NULL THEN 'no_scores'
      WHEN NOT p.winner_scored THEN 'winner_not_scored'
      WHEN p.panel_size < $experts THEN 'few_scores'
      WHEN f.marks < p.panel_size THEN 'score_missing'
    END AS unknown
  FROM award AS a
  LEFT JOIN panel AS p ON p.tender_no = a.tender_no
  LEFT JOIN fewest AS f ON f.tender_no = a.tender_no
),
-- Who is far over the others: (all - own) / (experts - 1) is their mean, multiplied out.
higher AS (
  SELECT s.tender_no, s.expert_id, s.score AS own_score, t.points - s.score AS others,
    ratio(t.points - s.score, n.panel_size - 1, 2) AS others_mean,
    ratio(s.score * (n.panel_size - 1) - (t.points - s.score), t.points - s.score, 6) AS higher
  FROM scored AS s
  JOIN tender AS n ON n.tender_no = s.tender_no AND n.unknown IS NULL
  JOIN total AS t ON t.tender_no = s.tender_no AND t.bidder = s.bidder
  WHERE s.bidder = s.winner AND s.score > 0
    AND s.score * (n.panel_size - 1) - (t.points - s.score) >= (t.points - s.score) * $gap
),
-- Who would be before the winner, did this expert not score, and is behind it now.
ahead AS (
  SELECT h.tender_no, h.expert_id, s.bidder AS rival
  FROM higher AS h
  JOIN scored AS s ON s.tender_no = h.tender_no AND s.expert_id = h.expert_id AND s.bidder <> s.winner
  JOIN total AS t ON t.tender_no = s.tender_no AND t.bidder = s.bidder
  JOIN total AS w ON w.tender_no = s.tender_no AND w.bidder = s.winner
  WHERE t.points - s.score > h.others AND t.points <= w.points
  QUALIFY row_number() OVER (PARTITION BY h.tender_no, h.expert_id ORDER BY t.points - s.score DESC, s.bidder) = 1
),
judged AS (
  SELECT h.tender_no, h.expert_id, h.own_score, h.others_mean, h.higher, a.rival,
    CASE WHEN coalesce(e.only_specialist, FALSE) OR coalesce(e.pool <= $pool, FALSE) THEN 1 ELSE 0 END AS explained
  FROM higher AS h
  LEFT JOIN ahead AS a ON a.tender_no = h.tender_no AND a.expert_id = h.expert_id
  LEFT JOIN expert AS e ON e.expert_id = h.expert_id
),
-- One row a tender: what nothing explains first, then who turned the result, then the largest gap.
worst AS (
  SELECT tender_no, own_score, others_mean, higher, rival, explained
  FROM judged
  QUALIFY row_number() OVER (
    PARTITION BY tender_no ORDER BY explained, CASE WHEN rival IS NULL THEN 1 ELSE 0 END,
      CASE WHEN higher IS NULL THEN 0 ELSE 1 END, higher DESC, expert_id
  ) = 1
),
found AS (
  SELECT n.tender_no, n.tender_name, n.owner_name, n.winner, n.award_date, n.panel_size, n.first_by,
    CAST(extract(year FROM n.award_date) AS BIGINT) AS year, w.own_score, w.others_mean, w.higher, w.rival,
    CAST(NULL AS BIGINT) AS tenders, CASE
      WHEN n.unknown IS NOT NULL THEN n.unknown WHEN w.explained = 1 THEN 'few_experts'
      WHEN w.rival IS NULL THEN 'one_is_higher' ELSE 'one_turns_it'
    END AS reason
  FROM tender AS n
  LEFT JOIN worst AS w ON w.tender_no = n.tender_no
  WHERE n.unknown <> 'no_scores' OR w.tender_no IS NOT NULL
  UNION ALL
  SELECT '全部', NULL, NULL, NULL, NULL, NULL, NULL, CAST(extract(year FROM award_date) AS BIGINT), NULL, NULL, NULL,
    NULL, count(*), 'no_scores'
  FROM tender
  WHERE unknown = 'no_scores'
  GROUP BY CAST(extract(year FROM award_date) AS BIGINT)
)
SELECT
  tender_no,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason IN ('one_turns_it', 'one_is_higher', 'few_experts') THEN 'flag' ELSE 'cannot_tell' END AS result,
  CASE reason WHEN 'one_turns_it' THEN 'yellow' WHEN 'one_is_higher' THEN 'blue' WHEN 'few_experts' THEN 'blue' END AS colour,
  CAST(CASE reason WHEN 'one_turns_it' THEN 70 WHEN 'one_is_higher' THEN 30 WHEN 'few_experts' THEN 10 END AS INTEGER) AS score,
  reason,
  reason = 'few_experts' AS explainable,
  tender_name, owner_name, winner, award_date, CAST(panel_size AS BIGINT) AS panel_size,
  CAST(first_by AS BIGINT) AS first_by, CAST(higher AS DECIMAL(8, 4)) AS highest_gap,
  CAST(own_score AS DECIMAL(7, 2)) AS own_score, CAST(others_mean AS DECIMAL(9, 2)) AS others_mean, rival,
  CAST(tenders AS BIGINT) AS tenders
FROM found
