-- The table that the ETL example reads: 100,000 orders with gaps between their numbers.
CREATE TABLE orders AS
SELECT
    g * 7 + g % 5                                              AS id,
    timestamptz '2026-01-01 00:00+00' + g * interval '5 min'   AS ordered_at,
    '  ' || initcap('customer ') || g % 997                    AS customer,
    (ARRAY['EUR', 'USD', 'GBP'])[1 + g % 3]                    AS currency,
    1 + g % 9                                                  AS quantity,
    (g % 10000 / 100.0 + 0.99)::numeric(10, 2)                 AS unit_price,
    CASE WHEN g % 10 = 0 THEN 'cancelled' ELSE 'paid' END      AS status
FROM generate_series(1, 100000) AS g;
ALTER TABLE orders ADD PRIMARY KEY (id);
