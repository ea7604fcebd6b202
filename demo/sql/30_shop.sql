-- The shop: orders with their lines, exchange rates and web statistics.

CREATE TABLE product AS
FROM (VALUES
    (1, 'Aube', 'Table lamps', 89.00, 0.46), (2, 'Brume', 'Table lamps', 119.00, 0.44),
        (3, 'Comète', 'Table lamps', 64.50, 0.41),
    (4, 'Dune', 'Table lamps', 149.00, 0.48), (5, 'Écume', 'Table lamps', 39.90, 0.38),
        (6, 'Fugue', 'Pendants', 129.00, 0.45),
    (7, 'Halo', 'Pendants', 159.00, 0.47), (8, 'Iris', 'Pendants', 99.00, 0.43), (9, 'Jonc', 'Pendants', 189.00, 0.49),
    (10, 'Kyoto', 'Pendants', 79.00, 0.42), (11, 'Lucarne', 'Wall lamps', 69.00, 0.44),
        (12, 'Mica', 'Wall lamps', 84.90, 0.43),
    (13, 'Nacre', 'Wall lamps', 109.00, 0.46), (14, 'Opale', 'Wall lamps', 54.00, 0.40),
        (15, 'Prisme', 'Floor lamps', 199.00, 0.48),
    (16, 'Quartz', 'Floor lamps', 239.00, 0.50), (17, 'Roseau', 'Floor lamps', 169.00, 0.47),
        (18, 'Sillage', 'Floor lamps', 289.00, 0.51),
    (19, 'Filament E27', 'Bulbs', 8.90, 0.55), (20, 'Globe E27', 'Bulbs', 12.50, 0.56),
        (21, 'Spot GU10', 'Bulbs', 6.90, 0.52),
    (22, 'Flamme E14', 'Bulbs', 7.90, 0.54), (23, 'Tube T8', 'Bulbs', 14.90, 0.50),
        (24, 'Terrasse', 'Outdoor', 74.00, 0.42),
    (25, 'Jardin', 'Outdoor', 94.00, 0.43), (26, 'Balise', 'Outdoor', 44.90, 0.41),
        (27, 'Guirlande', 'Outdoor', 34.90, 0.45)
) AS t (product, name, category, price, margin_rate);

-- Most baskets contain a lamp and bulbs.
CREATE MACRO product_choices() AS [
    1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 19, 19, 20, 20, 21, 21, 22, 22, 23, 24,
    25, 26, 27
];

-- How long customers stay, in the shop's seasonal time, and how often they buy.
CREATE TABLE buying_habit AS
WITH staying AS (
    SELECT
        pid,
        is_old,
        greatest(joined_on, first_day()) AS since,
        least(
            greatest(joined_on, first_day()) + 30
            + (waiting(u('stay', pid)) * CASE WHEN is_trade THEN 1900 ELSE 1150 END)::INTEGER,
            end_day()
        ) AS until,
        0.25 + 2.0 * power(u('eager', pid), 3) + CASE WHEN is_trade THEN 0.9 ELSE 0 END AS eagerness
    FROM person
),

placed AS (
    SELECT
        staying.*,
        -- A customer's second order comes on a later day than the first.
        opening.orders_before
        + CASE WHEN is_old THEN 0 ELSE round(1e6 * opening.order_weight)::BIGINT END AS from_position,
        greatest(closing.orders_before, from_position) AS to_position,
        round(eagerness * (to_position - from_position) / 1000)::BIGINT AS appetite
    FROM staying
    INNER JOIN calendar AS opening ON staying.since = opening.d
    INNER JOIN calendar AS closing ON staying.until = closing.d
)

SELECT
    *,
    floor(
        appetite / sum(appetite) OVER ()
        * (4.8 * customers() - count(*) FILTER (WHERE NOT is_old) OVER ())
        + u('orders', pid)
    )::INTEGER AS orders
FROM placed;

CREATE TABLE bought AS
WITH later AS (
    SELECT
        pid,
        turn,
        (
            from_position + (turn - 1 + u('turn', pid || '.' || turn)) / orders * (to_position - from_position)
        )::BIGINT AS position
    FROM buying_habit, range(1, orders + 1) AS r (turn)
),

timed AS (
    SELECT
        later.pid,
        later.turn,
        avoid_clock_change(
            calendar.d + to_hours(pick(shopping_hours(), u('order hour', later.pid || '.' || later.turn)))
            + to_minutes(floor(60 * u('order minute', later.pid || '.' || later.turn))::INTEGER)
        ) AS ordered_at
    FROM later
    ASOF INNER JOIN calendar ON later.position >= calendar.orders_before
    UNION ALL
    SELECT pid, 0 AS turn, joined_at AS ordered_at FROM person WHERE NOT is_old
)

SELECT
    timed.pid,
    timed.ordered_at,
    100001 + row_number() OVER (ORDER BY timed.ordered_at, timed.pid, timed.turn) - 1 AS number,
    timed.turn = 0 AS is_first
FROM timed;

CREATE TABLE order_line AS
WITH baskets AS (
    SELECT
        bought.number,
        bought.ordered_at,
        person.is_trade,
        person.country,
        pick([1, 1, 1, 2, 2, 2, 2, 3, 3, 4], u('lines', bought.number)) AS lines,
        bought.ordered_at::DATE BETWEEN DATE '2025-10-15' AND end_day() AS halo_on_sale,
        bought.ordered_at >= recalled_since() AS is_recalled,
        CASE WHEN bought.ordered_at >= recalled_since() THEN 0.74 ELSE 0.35 END AS halo_share,
        month(bought.ordered_at) = 11 AND day(bought.ordered_at) BETWEEN 24 AND 30 AS is_black_week
    FROM bought
    INNER JOIN person USING (pid)
),

lines AS (
    SELECT
        baskets.*,
        r.line_number,
        CASE
            -- The pendant Halo is the best seller of the season.
            WHEN r.line_number = 1 AND halo_on_sale AND u('halo', number) < halo_share THEN 7
            ELSE pick(product_choices(), u('product', number || '.' || r.line_number))
        END AS product,
        (number || '.' || r.line_number) AS line
    FROM baskets, range(1, lines + 1) AS r (line_number)
)

SELECT
    lines.number,
    lines.line_number,
    lines.is_recalled AND lines.product = 7 AS is_recalled,
    'LUM-' || lpad(lines.product::VARCHAR, 3, '0') AS product_id,
    product.name AS product_name,
    product.category,
    CASE
        WHEN product.category = 'Bulbs' THEN pick([1, 2, 2, 3, 4, 6], u('quantity', line))
        ELSE pick([1, 1, 1, 1, 2], u('quantity', line))
    END * CASE WHEN is_trade THEN pick([1, 2, 2, 3, 4], u('trade quantity', line)) ELSE 1 END AS quantity,
    (
        quantity * product.price
        * CASE WHEN is_black_week THEN 0.85 ELSE 1 END
        * CASE WHEN country = 'GB' THEN 0.86 ELSE 1 END
    )::DECIMAL(12, 2) AS amount,
    (amount * product.margin_rate)::DECIMAL(12, 2) AS margin
FROM lines
INNER JOIN product ON lines.product = product.product;

-- The timestamps of an order's states; a state that is not reached by the end is NULL.
CREATE TABLE shop_order AS
WITH totals AS (
    SELECT number, sum(amount) AS amount, sum(margin) AS margin, bool_or(is_recalled) AS is_recalled
    FROM order_line
    GROUP BY number
),

histories AS (
    SELECT
        bought.number,
        bought.pid,
        bought.ordered_at,
        bought.is_first,
        totals.amount,
        totals.margin,
        person.country,
        record_used(person.record_id, person.twin, person.twin_at, bought.ordered_at,
            u('order record', bought.number)) AS customer_id,
        CASE WHEN person.country = 'GB' THEN 'GBP' ELSE 'EUR' END AS currency,
        CASE
            WHEN totals.is_recalled THEN 'refunded'
            WHEN bought.is_first THEN 'delivered'
            WHEN u('fate', bought.number) < 0.025 THEN 'cancelled'
            WHEN u('fate', bought.number) < 0.047 THEN 'refunded'
            WHEN u('fate', bought.number) < 0.055 THEN 'failed'
            WHEN u('fate', bought.number) < 0.058 THEN 'test'
            ELSE 'delivered'
        END AS outcome,
        pick(['web', 'web', 'web', 'web', 'web', 'web', 'marketplace', 'marketplace', 'showroom', 'phone'],
            u('order channel', bought.number))
            AS channel,
        CASE WHEN u('order type', bought.number) < 0.06 AND NOT bought.is_first THEN 'upsell' ELSE 'standard' END
            AS order_type,
        bought.ordered_at + to_minutes(floor(60 * (10 + 30 * u('shipped', bought.number)))::INTEGER) AS shipped,
        shipped + to_hours(48 + floor(72 * u('delivered', bought.number))::INTEGER) AS delivered,
        CASE
            -- Refunded within the hour, and before the end of the last day.
            WHEN totals.is_recalled THEN least(
                greatest(TIMESTAMP '2026-01-02 10:00:00', bought.ordered_at) + INTERVAL 50 MINUTE,
                end_day()::TIMESTAMP - INTERVAL 5 MINUTE
            )
            ELSE delivered + to_hours(24 * 4 + floor(240 * u('refunded', bought.number))::INTEGER)
        END AS refunded,
        bought.ordered_at + to_minutes(30 + floor(400 * u('cancelled', bought.number))::INTEGER) AS cancelled
    FROM bought
    INNER JOIN totals USING (number)
    INNER JOIN person USING (pid)
)

SELECT
    * EXCLUDE (shipped, delivered, refunded, cancelled),
    'AL-' || number AS order_id,
    CASE WHEN outcome IN ('delivered', 'refunded') THEN avoid_clock_change(shipped) END AS shipped_at,
    CASE WHEN outcome IN ('delivered', 'refunded') THEN avoid_clock_change(delivered) END AS delivered_at,
    CASE WHEN outcome = 'refunded' THEN avoid_clock_change(refunded) END AS refunded_at,
    CASE WHEN outcome = 'cancelled' THEN avoid_clock_change(cancelled) END AS cancelled_at
FROM histories;

-- The state of an order in the shop at a time.
CREATE MACRO order_state(outcome, shipped_at, delivered_at, refunded_at, cancelled_at, as_of) AS CASE
    WHEN outcome IN ('failed', 'test') THEN outcome
    WHEN cancelled_at <= as_of THEN 'cancelled'
    WHEN refunded_at <= as_of THEN 'refunded'
    WHEN delivered_at <= as_of THEN 'delivered'
    WHEN shipped_at <= as_of THEN 'shipped'
    ELSE 'paid'
END;

CREATE MACRO order_changed(ordered_at, shipped_at, delivered_at, refunded_at, cancelled_at, as_of) AS greatest(
    ordered_at,
    CASE WHEN shipped_at <= as_of THEN shipped_at ELSE ordered_at END,
    CASE WHEN delivered_at <= as_of THEN delivered_at ELSE ordered_at END,
    CASE WHEN refunded_at <= as_of THEN refunded_at ELSE ordered_at END,
    CASE WHEN cancelled_at <= as_of THEN cancelled_at ELSE ordered_at END
);

-- Units of the company's currency for one unit, every day, with four decimals as banks publish them. So an amount in
-- cents times a rate is exact with six decimals.
CREATE TABLE fx_rate AS
SELECT
    d,
    'GBP' AS currency,
    (1.155 + 0.02 * sin(day_number / 90.0) + 0.006 * (u('fx', day_number) - 0.5))::DECIMAL(8, 4) AS rate
FROM calendar
WHERE is_past;

CREATE TABLE web_stat AS
SELECT
    calendar.d,
    channel.name AS channel,
    floor(
        0.3 * customers() / 1.6 * channel.share * calendar.order_weight / CASE WHEN calendar.checkout < 1 THEN 0.3
            ELSE 1 END
        * (1 + 0.12 * calendar.day_number / 365) * (0.92 + 0.16 * u('visitors', calendar.d || channel.name)) + 1
    )::INTEGER AS visitors,
    floor(visitors * (1.18 + 0.08 * u('sessions', calendar.d || channel.name)))::INTEGER AS sessions,
    floor(
        visitors * channel.conversion * (0.9 + 0.2 * u('conversion', calendar.d || channel.name))
        * CASE WHEN calendar.checkout < 1 THEN 0.22 ELSE 1 END + u('rounding', calendar.d || channel.name)
    )::INTEGER AS conversions,
    (conversions * (110 + 60 * u('web revenue', calendar.d || channel.name)))::DECIMAL(12, 2) AS revenue
FROM calendar
CROSS JOIN (VALUES
    ('Organic Search', 0.30, 0.026), ('Paid Search', 0.22, 0.029), ('Direct', 0.20, 0.034), ('Email', 0.10, 0.042),
    ('Organic Social', 0.12, 0.013), ('Referral', 0.06, 0.021)
) AS channel (name, share, conversion)
WHERE calendar.is_past;
