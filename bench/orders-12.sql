-- The suite orders-12 as one query: the best that was found for DuckDB.  In a FILTER, NOT IN is decided row by row, list_contains once for
-- each entry of a dictionary.
SELECT
  count(*) AS row_count,
  count(*) FILTER (WHERE order_id IS NULL) AS order_id_not_null,
  count(order_id) - count(DISTINCT order_id) AS order_id_unique,
  count(*) FILTER (WHERE NOT list_contains(['completed','shipped','pending','cancelled','refunded'], status)) AS status_bad,
  count(*) FILTER (WHERE NOT list_contains(['US','DE','GB','FR','CN','IN','BR','JP','CA','ES','IT','MX','AU','NL','PL','SE','KR','TR','CH','BE','AT','NO','DK','FI','IE','PT','CZ','RO','HU','GR','ZA','NG','EG','KE','MA','GH','IL','AE','SA','QA','SG','MY','TH','VN','ID','PH','NZ','TW','HK','PK','BD','LK','AR','CL','CO','PE','UY','EC','UA','BG'], country)) AS country_bad,
  count(*) FILTER (WHERE amount NOT BETWEEN 0 AND 10000) AS amount_range,
  avg(amount) AS amount_mean,
  count(*) FILTER (WHERE NOT regexp_matches(email, '^[a-z0-9._]+@[a-z0-9.]+\.[a-z]{2,}$')) AS email_bad,
  count(*) FILTER (WHERE created_at NOT BETWEEN TIMESTAMP '2023-01-01' AND TIMESTAMP '2025-12-31 23:59:59') AS created_range,
  count(*) FILTER (WHERE updated_at < created_at) AS updated_lt,
  count(*) FILTER (WHERE length(note) NOT BETWEEN 0 AND 500) AS note_len
FROM $FROM;
