-- Marketing and sales: the newsletter and its recipients' events, advertising, leads, deals, spend, and a test with a
-- control group.

CREATE TABLE newsletter AS
SELECT
    d,
    substr(md5(concat_ws('/', seed(), 'campaign', d)), 1, 10) AS campaign_id,
    'Newsletter ' || strftime(d, '%Y-%m-%d') AS title,
    pick(['Lights for short evenings', 'New in the workshop', 'A lamp and its story', 'Your terrace after dark',
        'The maker''s choice',
        'Free bulbs this week', 'Read, rest, work: the right light', 'Last pieces'], u('subject', d)) AS subject,
    d + CASE weekday WHEN 2 THEN INTERVAL 570 MINUTE ELSE INTERVAL 1080 MINUTE END AS sent_at,
    d >= dns_changed_on() AS is_dns_broken
FROM calendar
WHERE is_past AND weekday IN (2, 4);

CREATE TABLE subscriber AS
SELECT
    pid,
    retyped(email, u('newsletter address', pid)) AS email,
    joined_on,
    -- A third of the subscribers unsubscribe at some time.
    CASE
        WHEN u('leaves', pid) < 0.3
            THEN greatest(joined_on, first_day()) + 20 + floor(1070 * u('leaves after', pid))::INTEGER
    END AS leaves_on,
    0.10 + 0.30 * u('interest', pid) AS interest,
    u('apple', pid) < 0.38 AS is_apple
FROM person
WHERE u('subscribed', pid) < 0.5;

-- The possible recipients of each issue. A separate table, so that DuckDB runs the following queries on all processors.
CREATE TABLE addressed AS
SELECT
    newsletter.campaign_id,
    newsletter.d,
    newsletter.sent_at,
    newsletter.is_dns_broken,
    subscriber.pid,
    newsletter.campaign_id || subscriber.pid AS send
FROM newsletter
INNER JOIN subscriber
    ON subscriber.joined_on < newsletter.d AND (subscriber.leaves_on IS NULL OR newsletter.d <= subscriber.leaves_on);

CREATE TABLE send AS
SELECT
    chance.campaign_id,
    chance.d,
    chance.pid,
    chance.send,
    subscriber.email,
    subscriber.leaves_on,
    subscriber.interest,
    subscriber.is_apple,
    chance.sent_at + to_seconds(floor(900 * part(chance.bits, 3))::BIGINT) AS sent_at,
    part(chance.bits, 1) < CASE WHEN chance.is_dns_broken THEN 0.115 ELSE 0.011 END AS is_bounced,
    chance.bits
FROM (SELECT *, digest('send', send) AS bits FROM addressed) AS chance
INNER JOIN subscriber USING (pid)
-- Each issue goes to a part of the subscribers.
WHERE part(chance.bits, 0) < 0.72;

CREATE TABLE opened AS
SELECT
    *,
    part(bits, 2) < interest AND NOT is_bounced AS is_read,
    is_apple AND NOT is_bounced AND part(again, 0) < 0.72 AS is_prefetched,
    -- Within two and a half days: after three days the events of a send are complete.
    avoid_clock_change(sent_at + to_seconds(300 + floor(210000 * power(part(again, 1), 3))::BIGINT)) AS read_at,
    sent_at + to_seconds(20 + floor(3000 * part(again, 2))::BIGINT) AS prefetched_at,
    part(again, 3) AS more
FROM (SELECT *, digest('open', send) AS again FROM send);

CREATE TABLE email_event AS
WITH happened AS (
    SELECT campaign_id, pid, email, 'sent' AS action, sent_at AS occurred_at, false AS is_machine FROM send
    UNION ALL
    SELECT campaign_id, pid, email, 'bounce', sent_at + to_seconds(30 + floor(1500 * part(bits, 2))::BIGINT), false
        FROM send WHERE is_bounced
    UNION ALL
    SELECT campaign_id, pid, email, 'open', prefetched_at, true FROM opened WHERE is_prefetched
    UNION ALL
    SELECT campaign_id, pid, email, 'open', read_at, false FROM opened WHERE is_read
    UNION ALL
    SELECT campaign_id, pid, email, 'open', read_at + INTERVAL 41 MINUTE, false FROM opened
        WHERE is_read AND more >= 0.82
    UNION ALL
    SELECT campaign_id, pid, email, 'click', read_at + INTERVAL 45 SECOND, false FROM opened
        WHERE is_read AND more < 0.11
    UNION ALL
    SELECT campaign_id, pid, email, 'unsub', least(read_at, sent_at + INTERVAL 20 HOUR), false FROM (
        SELECT * FROM opened WHERE leaves_on IS NOT NULL AND leaves_on < end_day() AND NOT is_bounced
        QUALIFY row_number() OVER (PARTITION BY pid ORDER BY d DESC) = 1
    )
    UNION ALL
    SELECT campaign_id, pid, email, 'abuse', sent_at + INTERVAL 7 HOUR, false FROM opened
        WHERE NOT is_bounced AND more BETWEEN 0.5 AND 0.50012
)

SELECT
    campaign_id,
    pid,
    email,
    action,
    occurred_at,
    is_machine,
    CASE WHEN action = 'bounce' THEN CASE WHEN pid % 3 = 0 THEN 'soft' ELSE 'hard' END END AS bounce_type
FROM happened
WHERE occurred_at < end_day();

CREATE TABLE ad_campaign AS
FROM (VALUES
    ('ga-brand', 'Google Ads: brand', 'Paid Search', 9.0, 0.062, 0.42),
        ('ga-pendants', 'Google Ads: pendants', 'Paid Search', 26.0, 0.031, 0.71),
    ('meta-retarget', 'Meta: retargeting', 'Organic Social', 31.0, 0.012, 0.38),
        ('pin-autumn', 'Pinterest: interiors', 'Organic Social', 18.0, 0.008, 0.29)
) AS t (campaign_id, name, channel, thousands, click_rate, click_price);

CREATE TABLE ad_stat AS
SELECT
    calendar.d,
    ad.campaign_id,
    floor(ad.thousands * 40 * calendar.season
        * (0.85 + 0.3 * u('impressions', ad.campaign_id || calendar.d)))::INTEGER AS impressions,
    floor(impressions * ad.click_rate * (0.9 + 0.2 * u('clicks', ad.campaign_id || calendar.d)) + 0.5)::INTEGER
        AS clicks,
    floor(clicks * 0.024 + u('ad conversions', ad.campaign_id || calendar.d))::INTEGER AS conversions,
    (clicks * ad.click_price)::DECIMAL(12, 2) AS cost
FROM calendar
CROSS JOIN ad_campaign AS ad
WHERE calendar.is_past;

CREATE TABLE spend AS
WITH months AS (
    SELECT month::DATE AS d FROM range(TIMESTAMP '2023-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 MONTH) AS r (month)
),

paid AS (
    SELECT d, 'marketing' AS category, channel, amount * (0.9 + 0.2 * u('spend', d || channel)) AS amount
    FROM months
    CROSS JOIN (VALUES
        ('Paid Search', 1350), ('Organic Social', 620), ('Email Marketing', 280), ('Referrals', 190),
            ('Organic Search', 450)
    ) AS t (channel, amount)
    UNION ALL
    SELECT d, 'sales' AS category, NULL, 2100 * (0.97 + 0.06 * u('spend', d || 'sales')) FROM months
)

SELECT d, category, channel, (amount * customers() / 5000)::DECIMAL(12, 2) AS amount FROM paid;

-- Leads. Those that become customers do so within thirty days.
CREATE TABLE lead AS
WITH won AS (
    SELECT
        pid,
        record_id AS lead_id,
        avoid_clock_change(joined_at - to_hours(24 * (1 + floor(27 * u('lead time', pid))::INTEGER))) AS created_at,
        joined_at AS converted_at,
        name,
        email,
        source,
        country,
        owner_id
    FROM person
    WHERE NOT is_old AND joined_on >= first_day() + 32 AND u('was a lead', pid) < 0.40
),

lost AS (
    SELECT
        r.k,
        ((r.k + u('lead', r.k)) / floor(2.15 * customers()) * orders_in_all())::BIGINT AS position
    FROM range(floor(2.15 * customers())::BIGINT) AS r (k)
)

SELECT * EXCLUDE (pid), NULL::TIMESTAMP AS lost_at FROM won
UNION ALL
SELECT
    50000000 + lost.k * 10 AS lead_id,
    avoid_clock_change(calendar.d + to_minutes(360 + floor(1000 * u('lead minute', lost.k))::INTEGER)) AS created_at,
    NULL AS converted_at,
    full_name('lead', lost.k) AS name,
    address_of(full_name('lead', lost.k), 'p' || lost.k, u('lead domain', lost.k)) AS email,
    pick(['Organic Search', 'Organic Search', 'Organic Search', 'Paid Search', 'Paid Search', 'Paid Search',
        'Organic Social',
        'Organic Social', 'Referrals', 'Email Marketing', 'Direct Traffic'], u('lead source', lost.k)) AS source,
    pick(['FR', 'FR', 'FR', 'FR', 'FR', 'BE', 'CH', 'DE', 'GB'], u('lead country', lost.k)) AS country,
    'S0' || (1 + floor(5 * u('lead owner', lost.k))::INTEGER) AS owner_id,
    CASE WHEN u('lead lost', lost.k) < 0.55 AND calendar.d + 60 < end_day() THEN calendar.d + INTERVAL 58 DAY
        + INTERVAL 11 HOUR END AS lost_at
FROM lost
ASOF INNER JOIN calendar ON lost.position >= calendar.orders_before;

CREATE TABLE deal AS
WITH numbered AS (
    SELECT
        k,
        first_day() + floor(
            (end_day() - first_day())
            * power((k + u('deal', k)) / floor(0.3 * customers()), 0.8)
        )::INTEGER AS d
    FROM range(floor(0.3 * customers())::BIGINT) AS r (k)
),

-- Architects, hotels and shops, numbered by the day on which they became customers.
trade AS MATERIALIZED (SELECT *, row_number() OVER (ORDER BY pid) AS n FROM person WHERE is_trade),

chosen AS MATERIALIZED (
    SELECT numbered.k, numbered.d, 1 + floor(known.n * u('deal customer', numbered.k))::BIGINT AS n
    FROM numbered
    ASOF INNER JOIN (SELECT joined_on, max(n) AS n FROM trade GROUP BY joined_on) AS known
        ON numbered.d > known.joined_on
),

opened AS (
    SELECT
        chosen.k,
        trade.record_id AS customer_id,
        trade.owner_id,
        trade.segment,
        trade.name AS customer_name,
        trade.country,
        chosen.d + to_minutes(480 + floor(660 * u('deal minute', chosen.k))::INTEGER) AS created_at
    FROM chosen
    INNER JOIN trade ON chosen.n = trade.n
),

moved AS (
    SELECT
        *,
        created_at + to_hours(24 * (12 + floor(waiting(u('deal cycle', k)) * 26)::INTEGER)
            + floor(9 * u('deal hour', k))::INTEGER) AS decided_at,
        u('deal won', k) < 0.36 AS would_win
    FROM opened
)

SELECT
    20000000 + k * 10 AS deal_id,
    customer_id,
    owner_id,
    customer_name,
    created_at,
    avoid_clock_change(decided_at) AS decided_at,
    avoid_clock_change(decided_at) < end_day() AS is_closed,
    would_win,
    pick(['new', 'new', 'new', 'renewal', 'upsell', 'cross_sell'], u('deal type', k)) AS deal_type,
    pick(['Lobby lighting', 'Rooms 1 to 40', 'Restaurant', 'Show flat', 'Terrace', 'Shop window', 'Offices', 'Spa'],
        u('deal name', k)) AS project,
    CASE WHEN country = 'GB' THEN 'GBP' ELSE 'EUR' END AS currency,
    (600 + 5200 * power(u('deal amount', k), 2) + CASE segment WHEN 'hotel' THEN 7000 * u('hotel', k)
        ELSE 0 END)::DECIMAL(12, 2) AS amount
FROM moved
WHERE created_at < end_day();

-- The win-back letter of October 2025, with a control group.
CREATE TABLE exposure AS
SELECT
    'winback-2025' AS campaign_id,
    record_id AS customer_id,
    CASE WHEN u('arm', pid) < 0.5 THEN 'control' ELSE 'voucher' END AS arm,
    TIMESTAMP '2025-10-06 10:00:00' AS exposed_at,
    CASE
        WHEN u('visits', pid) < CASE arm WHEN 'control' THEN 0.09 ELSE 0.17 END
            THEN TIMESTAMP '2025-10-06 10:00:00' + to_minutes(60 + floor(6000 * u('visit', pid))::INTEGER)
    END AS visited_at,
    CASE WHEN visited_at IS NOT NULL AND u('wins back', pid) < 0.28 THEN visited_at + INTERVAL 25 MINUTE END
        AS converted_at,
    CASE WHEN converted_at IS NOT NULL THEN (40 + 160 * u('won back', pid))::DECIMAL(12, 2) END AS revenue
FROM person
WHERE joined_on < DATE '2025-04-01' AND u('lapsed', pid) < 0.60;

-- The touchpoints before an order: one to three in the three weeks before it. Those of an e-mail name the newsletter
-- before them; of those in social networks, few are of the paid campaigns there.
CREATE TABLE touchpoint AS
WITH touched AS (
    SELECT
        shop_order.number || '-' || r.n AS touchpoint_id,
        shop_order.customer_id,
        shop_order.ordered_at,
        pick(['Organic Search', 'Organic Search', 'Paid Search', 'Email Marketing', 'Organic Social',
            'Direct Traffic', 'Referrals'],
            u('touch channel', touchpoint_id)) AS source
    FROM shop_order, range(1 + floor(2.4 * u('touches', number))::INTEGER) AS r (n)
    WHERE shop_order.channel <> 'marketplace' AND u('tracked', number) < 0.55
),

moved AS (
    SELECT
        *,
        avoid_clock_change(ordered_at - to_minutes(15 + floor(20 * 1440 * power(u('touch', touchpoint_id), 2))::INTEGER))
            AS occurred_at
    FROM touched
)

SELECT
    moved.touchpoint_id,
    moved.customer_id,
    moved.source AS channel,
    CASE moved.source
        WHEN 'Paid Search' THEN pick(['ga-brand', 'ga-pendants'], u('touch campaign', moved.touchpoint_id))
        WHEN 'Organic Social'
            THEN pick(['meta-retarget', 'meta-retarget', 'pin-autumn', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL],
                u('touch campaign', moved.touchpoint_id))
        WHEN 'Email Marketing' THEN newsletter.campaign_id
    END AS campaign_id,
    moved.occurred_at
FROM moved
ASOF LEFT JOIN newsletter ON moved.occurred_at >= newsletter.sent_at;
