-- The exports of the marketing systems; see 80_sales_exports.sql.

-- Mailchimp

CREATE VIEW mailchimp_campaigns AS
WITH totals AS (
    SELECT
        campaign_id,
        count(*) FILTER (WHERE action = 'sent') AS recipients,
        count(*) FILTER (WHERE bounce_type = 'soft') AS soft,
        count(*) FILTER (WHERE bounce_type = 'hard') AS hard,
        count(*) FILTER (WHERE action = 'open') AS opens,
        count(DISTINCT CASE WHEN action = 'open' THEN pid END) AS openers,
        count(*) FILTER (WHERE action = 'click') AS clicks,
        count(DISTINCT CASE WHEN action = 'click' THEN pid END) AS clickers,
        count(*) FILTER (WHERE action = 'unsub') AS unsubscribed,
        count(*) FILTER (WHERE action = 'abuse') AS abuse,
        recipients - soft - hard AS delivered
    FROM email_event
    GROUP BY campaign_id
)

SELECT
    newsletter.title AS "Title",
    newsletter.subject AS "Subject",
    'Atelier Lumen' AS "List",
    replace(replace(strftime(newsletter.sent_at, '%b %d, %Y %I:%M %p'), 'AM', 'am'), 'PM', 'pm') AS "Send Date",
    dayname(newsletter.sent_at) AS "Send Weekday",
    format('{:,}', recipients) AS "Total Recipients",
    format('{:,}', delivered) AS "Successful Deliveries",
    soft AS "Soft Bounces",
    hard AS "Hard Bounces",
    soft + hard AS "Total Bounces",
    0 AS "Times Forwarded",
    0 AS "Forwarded Opens",
    openers AS "Unique Opens",
    coalesce(format('{:.2f}%', 100.0 * openers / nullif(delivered, 0)), 'n/a') AS "Open Rate",
    format('{:,}', opens) AS "Total Opens",
    clickers AS "Unique Clicks",
    coalesce(format('{:.2f}%', 100.0 * clickers / nullif(delivered, 0)), 'n/a') AS "Click Rate",
    clicks AS "Total Clicks",
    unsubscribed AS "Unsubscribes",
    abuse AS "Abuse Complaints",
    0 AS "Times Liked on Facebook",
    0 AS "Folder Id",
    newsletter.campaign_id AS "Unique Id",
    0 AS "Total Orders",
    0 AS "Total Gross Sales",
    0 AS "Total Revenue",
    'n/a' AS "Analytics ROI",
    CASE WHEN year(newsletter.d) < 2024 THEN 'n/a' ELSE format('{:.2f}', (30 + recipients * 0.012)::DOUBLE) END
        AS "Campaign Cost",
    'n/a' AS "Revenue Created",
    'n/a' AS "Visits",
    'n/a' AS "New Visits",
    'n/a' AS "Pages/Visit",
    'n/a' AS "Bounce Rate",
    'n/a' AS "Time on Site",
    'n/a' AS "Goal Conversion Rate",
    'n/a' AS "Per Visit Goal Value",
    'n/a' AS "Transactions",
    'n/a' AS "Ecommerce Conversion Rate",
    'n/a' AS "Per Visit Value",
    'n/a' AS "Average Value"
FROM newsletter
INNER JOIN totals USING (campaign_id)
ORDER BY newsletter.d;

-- The events of recipients, one file per quarter. Each file begins two days before its quarter and so repeats events.
CREATE MACRO mailchimp_activity(since, until) AS TABLE
SELECT
    action,
    campaign_id,
    email AS email_address,
    strftime(to_utc(occurred_at), '%Y-%m-%dT%H:%M:%S+00:00') AS "timestamp",
    coalesce(bounce_type, '') AS bounce_type,
    CASE WHEN action <> 'open' THEN '' WHEN is_machine THEN 'Mozilla/5.0' ELSE 'Mozilla/5.0 (X11; Linux x86_64)' END
        AS user_agent
FROM email_event
WHERE occurred_at >= since - INTERVAL 2 DAY AND occurred_at < until
UNION ALL
SELECT action, campaign_id, email, occurred_at, '', '' FROM invalid_email_event WHERE since = DATE '2024-04-01'
ORDER BY "timestamp", campaign_id, email_address, action, user_agent;

-- Advertising, spend and the web site

CREATE VIEW ads_campaigns AS
SELECT campaign_id AS id, name, channel FROM ad_campaign
UNION ALL
SELECT 'winback-2025', 'Win-back letter', 'Email Marketing'
ORDER BY id;

CREATE VIEW ads_stats AS SELECT d AS "date", campaign_id, impressions, clicks, conversions, cost
    FROM ad_stat ORDER BY d, campaign_id;

CREATE VIEW finance_spend AS
SELECT d::VARCHAR AS "date", category, channel, amount::VARCHAR AS amount, 'EUR' AS currency FROM spend
UNION ALL
SELECT d, category, NULL, amount, 'EUR' FROM invalid_spend
ORDER BY "date", category, channel;

CREATE VIEW ga4_traffic AS
SELECT
    strftime(d, '%Y%m%d') AS "Date", channel AS "Session default channel group", sessions AS "Sessions",
        visitors AS "Total users",
    conversions AS "Key events", revenue AS "Total revenue"
FROM web_stat
UNION ALL
SELECT d, channel, 1, 1, 0, 0 FROM invalid_web_stat
ORDER BY 1, 2;

CREATE VIEW web_touchpoints AS
SELECT touchpoint_id, customer_id::VARCHAR AS customer_id, channel, campaign_id,
    timezone(zone(), occurred_at) AS occurred_at
FROM touchpoint
ORDER BY occurred_at, touchpoint_id;

CREATE VIEW winback_test AS
SELECT
    campaign_id, customer_id::VARCHAR AS customer_id, arm, minute_text(exposed_at) AS exposed_at,
        minute_text(visited_at) AS visited_at,
    minute_text(converted_at) AS converted_at, coalesce(revenue::VARCHAR, '') AS revenue
FROM exposure
UNION ALL
SELECT campaign_id, customer_id, arm, '2025-10-06 10:00', '', '', '' FROM invalid_exposure
ORDER BY customer_id, arm;
