-- The suite metadata as one query.
SELECT
  count(*) AS row_count,
  count(*) FILTER (WHERE order_id IS NULL) AS order_id_not_null,
  count(*) FILTER (WHERE NOT list_contains(['completed','shipped','pending','cancelled','refunded'], status)) AS status_bad,
  count(*) FILTER (WHERE NOT list_contains(['US','DE','GB','FR','CN','IN','BR','JP','CA','ES','IT','MX','AU','NL','PL','SE','KR','TR','CH','BE','AT','NO','DK','FI','IE','PT','CZ','RO','HU','GR','ZA','NG','EG','KE','MA','GH','IL','AE','SA','QA','SG','MY','TH','VN','ID','PH','NZ','TW','HK','PK','BD','LK','AR','CL','CO','PE','UY','EC','UA','BG'], country)) AS country_bad,
  count(*) FILTER (WHERE created_at NOT BETWEEN TIMESTAMP '2023-01-01' AND TIMESTAMP '2025-12-31 23:59:59') AS created_range
FROM $FROM;
