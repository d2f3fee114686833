-- The mart, derived from the raw files: run by the demo with the tables trips and passengers imported as text.
CREATE TABLE daily_revenue AS
SELECT date(pickup_datetime) AS day, count(*) AS trips, round(sum(CAST(total_amount AS REAL)), 2) AS revenue
FROM trips WHERE pickup_datetime < '2019-04-01' GROUP BY day ORDER BY day;
CREATE TABLE vendor_share AS
SELECT substr(pickup_datetime, 1, 7) AS month, CAST(vendor_id AS INTEGER) AS vendor_id, count(*) AS trips
FROM trips GROUP BY 1, 2 ORDER BY 1, 2;
CREATE TABLE months (month TEXT PRIMARY KEY);
INSERT INTO months VALUES ('2019-01'), ('2019-02'), ('2019-03');
CREATE TABLE survivors AS
SELECT PClass AS class, count(*) AS passengers, round(avg(CAST(Survived AS INTEGER)), 4) AS share
FROM passengers WHERE PClass <> '*' GROUP BY class ORDER BY class;
CREATE TABLE old_export AS SELECT day, revenue FROM daily_revenue LIMIT 10;
CREATE TABLE scratch_2019 (note TEXT);
DROP TABLE trips;
DROP TABLE passengers;
