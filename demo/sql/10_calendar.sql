-- Every day with its seasonal weights and its position in the support desk's working time (Monday to Saturday,
-- 08:00 to 20:00, closed on the public holidays of France).

CREATE TABLE public_holiday AS
SELECT unnest([
    '2023-01-01', '2023-04-10', '2023-05-01', '2023-05-08', '2023-05-18', '2023-05-29', '2023-07-14', '2023-08-15',
    '2023-11-01', '2023-11-11', '2023-12-25',
    '2024-01-01', '2024-04-01', '2024-05-01', '2024-05-08', '2024-05-09', '2024-05-20', '2024-07-14', '2024-08-15',
    '2024-11-01', '2024-11-11', '2024-12-25',
    '2025-01-01', '2025-04-21', '2025-05-01', '2025-05-08', '2025-05-29', '2025-06-09', '2025-07-14', '2025-08-15',
    '2025-11-01', '2025-11-11', '2025-12-25', '2026-01-01'
]::DATE []) AS d;

CREATE TABLE calendar AS
WITH days AS (
    -- Replies to the last tickets may come after the end, so the calendar is longer.
    SELECT
        day::DATE AS d,
        (day::DATE - first_day())::INTEGER AS day_number,
        isodow(day) AS weekday,
        [0.96, 0.92, 0.94, 0.93, 0.92, 0.92, 0.84, 0.74, 0.98, 1.08, 1.32, 1.38][month(day)] AS season,
        isodow(day) < 7 AND day::DATE NOT IN (SELECT d FROM public_holiday) AS is_working
    FROM range(
        first_day()::TIMESTAMP, end_day()::TIMESTAMP + INTERVAL 60 DAY, INTERVAL 1 DAY
    ) AS r (day)
),

weighted AS (
    SELECT
        *,
        d < end_day() AS is_past,
        -- Customers buy presents until the 18th and complain about them until the New Year.
        CASE WHEN month(d) = 12 AND day(d) > 18 THEN 0.76 ELSE 1.0 END AS after_rush,
        CASE WHEN month(d) = 11 AND day(d) BETWEEN 24 AND 30 THEN 1.5 ELSE 1.0 END AS black_week,
        CASE WHEN d >= checkout_broken_since() THEN 0.3 ELSE 1.0 END AS checkout
    FROM days
),

shaped AS (
    SELECT
        *,
        season * after_rush * black_week * checkout * [1.0, 1.0, 1.0, 0.98, 0.95, 1.02, 1.12][weekday] AS order_weight,
        season * [1.25, 1.12, 1.05, 1.05, 1.0, 0.5, 0.3][weekday] * (1 + 0.18 * day_number / 365) AS ticket_weight,
        CASE
            WHEN is_working THEN season * [1.2, 1.1, 1.0, 1.0, 1.0, 0.5, 0][weekday] * (1 + 0.12 * day_number / 365)
            ELSE 0
        END AS call_weight
    FROM weighted
)

SELECT
    *,
    -- Sums of integers do not depend on the order in which threads add them.
    coalesce(sum(round(1e6 * order_weight)::BIGINT) OVER before, 0)::BIGINT AS orders_before,
    coalesce(sum(round(1e6 * ticket_weight)::BIGINT) OVER before, 0)::BIGINT AS tickets_before,
    coalesce(sum(round(1e6 * call_weight)::BIGINT) OVER before, 0)::BIGINT AS calls_before,
    coalesce(count(*) FILTER (WHERE is_working) OVER before, 0)::BIGINT AS working_days_before
FROM shaped
WINDOW before AS (ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
ORDER BY d;

CREATE TABLE working_day AS
SELECT working_days_before AS position, d FROM calendar WHERE is_working;

CREATE MACRO orders_in_all() AS (SELECT orders_before FROM calendar WHERE d = end_day());
CREATE MACRO tickets_in_all() AS (SELECT tickets_before FROM calendar WHERE d = end_day());
CREATE MACRO calls_in_all() AS (SELECT calls_before FROM calendar WHERE d = end_day());

-- Working minutes since the first day: 720 per working day.
CREATE MACRO working_minute(t, is_working, working_days_before) AS
    working_days_before * 720
    + CASE WHEN is_working THEN greatest(0, least(720, hour(t) * 60 + minute(t) - 480)) ELSE 0 END;
