-- The expected values of the KPIs, computed from the company's own tables and not from the exports. `observation` has
-- numerators and denominators by day, in the company's time zone.

CREATE TABLE observation AS
WITH asked AS (SELECT * FROM ticket WHERE exclusion IS NULL),

valid_order AS (
    SELECT shop_order.*, fx_rate.rate
    FROM shop_order
    LEFT JOIN fx_rate ON shop_order.currency = fx_rate.currency AND shop_order.ordered_at::DATE = fx_rate.d
    WHERE order_state(outcome, shipped_at, delivered_at, refunded_at, cancelled_at, end_day()::TIMESTAMP)
        IN ('paid', 'shipped', 'delivered')
),

customer_since AS (
    SELECT
        person.pid,
        coalesce(
            person.became_customer_at,
            least(
                (SELECT min(ordered_at) FROM valid_order WHERE valid_order.pid = person.pid),
                (SELECT min(decided_at) FROM deal WHERE is_closed AND would_win AND deal.customer_id = person.record_id)
            )
        ) AS since
    FROM person
),

sent AS (
    SELECT
        campaign_id,
        pid,
        min(occurred_at) FILTER (WHERE action = 'sent') AS sent_at,
        bool_or(action = 'open') AS is_opened,
        bool_or(action = 'open' AND NOT is_machine) AS is_read,
        bool_or(action = 'click') AS is_clicked,
        bool_or(action = 'unsub') AS is_unsubscribed,
        bool_or(action = 'bounce') AS is_bounced
    FROM email_event
    GROUP BY campaign_id, pid
),

-- Counts and sums have a denominator of NULL.
counted AS (
    SELECT 'ticket_volume' AS kpi, created_at::DATE AS d, {'channel': channel, 'team': team} AS split_by,
        1::DECIMAL(24, 6) AS numerator, NULL AS denominator
    FROM asked
    UNION ALL
    SELECT 'first_response_time', replied_at::DATE, {'channel': channel, 'team': team},
        60 * minutes_between(created_at, replied_at), 1
    FROM asked WHERE replied_at IS NOT NULL
    UNION ALL
    SELECT 'resolution_time', solved_at::DATE, {'channel': channel, 'team': team},
        60 * minutes_between(created_at, solved_at), 1
    FROM asked WHERE solved_at IS NOT NULL
    UNION ALL
    SELECT 'reopen_rate', solved_at::DATE, {'channel': channel, 'team': team}, (reopens > 0)::INTEGER, 1 FROM asked
        WHERE solved_at IS NOT NULL
    UNION ALL
    SELECT 'csat', answered_at::DATE, {'channel': channel, 'team': NULL}, (score >= 4)::INTEGER, 1 FROM csat
    UNION ALL
    SELECT 'nps', answered_at::DATE, {'channel': NULL, 'team': NULL},
        CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END, 1 FROM nps
    UNION ALL
    SELECT 'call_abandonment_rate', d, {'channel': queue, 'team': NULL}, is_abandoned::INTEGER, 1 FROM call
        WHERE direction = 'inbound'
    UNION ALL
    SELECT 'revenue', ordered_at::DATE, {'channel': channel, 'team': NULL}, amount * coalesce(rate, 1), NULL
        FROM valid_order
    UNION ALL
    SELECT 'average_order_value', ordered_at::DATE, {'channel': channel, 'team': NULL}, amount * coalesce(rate, 1), 1
        FROM valid_order
    UNION ALL
    SELECT 'new_customers', since::DATE, {'channel': NULL, 'team': NULL}, 1, NULL FROM customer_since
        WHERE since IS NOT NULL
    UNION ALL
    SELECT 'lead_conversion_rate', created_at::DATE, {'channel': source, 'team': NULL},
        (converted_at IS NOT NULL)::INTEGER, 1 FROM lead
    UNION ALL
    SELECT 'win_rate', decided_at::DATE, {'channel': NULL, 'team': NULL}, would_win::INTEGER, 1 FROM deal
        WHERE is_closed
    UNION ALL
    SELECT 'visitor_conversion_rate', d, {'channel': channel, 'team': NULL}, conversions, visitors FROM web_stat
    UNION ALL
    SELECT 'email_open_rate', sent_at::DATE, {'channel': NULL, 'team': NULL}, is_opened::INTEGER, 1 FROM sent
    UNION ALL
    SELECT 'email_open_rate_human', sent_at::DATE, {'channel': NULL, 'team': NULL}, is_read::INTEGER, 1 FROM sent
    UNION ALL
    SELECT 'email_click_through_rate', sent_at::DATE, {'channel': NULL, 'team': NULL}, is_clicked::INTEGER, 1 FROM sent
    UNION ALL
    SELECT 'unsubscribe_rate', sent_at::DATE, {'channel': NULL, 'team': NULL}, is_unsubscribed::INTEGER, 1 FROM sent
    UNION ALL
    SELECT 'bounce_rate', sent_at::DATE, {'channel': NULL, 'team': NULL}, is_bounced::INTEGER, 1 FROM sent
),

split AS (
    SELECT kpi, d, 'all' AS segment_type, 'all' AS segment, numerator, denominator FROM counted
    UNION ALL
    SELECT kpi, d, CASE kpi WHEN 'call_abandonment_rate' THEN 'queue' ELSE 'channel' END, split_by.channel, numerator,
        denominator FROM counted
    WHERE split_by.channel IS NOT NULL
    UNION ALL
    SELECT kpi, d, 'team', split_by.team, numerator, denominator FROM counted WHERE split_by.team IS NOT NULL
)

SELECT kpi, d, segment_type, segment, sum(numerator) AS numerator, sum(denominator) AS denominator, count(*) AS n
FROM split
GROUP BY ALL;

CREATE TABLE measured AS
WITH periods AS (
    SELECT kpi, grain, date_trunc(grain, d)::DATE AS period_start, segment_type, segment, numerator, denominator
    FROM observation, (SELECT unnest(['day', 'week', 'month', 'quarter', 'year']) AS grain) AS grains
),

summed AS (
    SELECT kpi, grain, period_start, segment_type, segment, sum(numerator) AS numerator, sum(denominator) AS denominator
    FROM periods
    GROUP BY ALL
),

-- The tickets that are open at the end of the week.
open_tickets AS (
    SELECT
        'backlog' AS kpi,
        'week' AS grain,
        calendar.d AS period_start,
        'all' AS segment_type,
        'all' AS segment,
        count(*) FILTER (WHERE ticket.created_at < calendar.d + 7
            AND (ticket.solved_at IS NULL OR ticket.solved_at >= calendar.d + 7)) AS numerator,
        NULL AS denominator
    FROM calendar
    -- No ticket is open for longer than three months.
    INNER JOIN ticket ON ticket.created_at BETWEEN calendar.d - 90 AND calendar.d + 7 AND ticket.exclusion IS NULL
    WHERE calendar.is_past AND calendar.weekday = 1
    GROUP BY calendar.d
)

SELECT *, (CASE WHEN denominator IS NULL THEN numerator ELSE numerator / nullif(denominator, 0) END)::DOUBLE AS value
FROM (SELECT * FROM summed UNION ALL SELECT * FROM open_tickets);

-- The number of valid rows of each entity, each key once.
CREATE TABLE entity_rows AS
SELECT 'customer' AS entity, (SELECT count(*) + count(twin) FROM person) AS n
UNION ALL SELECT 'lead', count(*) FROM lead
UNION ALL SELECT 'deal', count(*) FROM deal
UNION ALL SELECT 'order', count(*) FROM shop_order
UNION ALL SELECT 'order_line', count(*) FROM order_line
UNION ALL SELECT 'campaign',
    (SELECT count(*) FROM newsletter WHERE campaign_id IN (SELECT campaign_id FROM email_event)) + count(*)
    FROM ads_campaigns
UNION ALL SELECT 'email_event', count(*) FROM email_event
UNION ALL SELECT 'exposure', count(*) FROM exposure
UNION ALL SELECT 'touchpoint', count(*) FROM touchpoint
UNION ALL SELECT 'ad_stat', count(*) FROM ad_stat
UNION ALL SELECT 'web_stat', count(*) FROM web_stat
UNION ALL SELECT 'spend', count(*) FROM spend
UNION ALL SELECT 'ticket', count(*) FROM ticket
UNION ALL SELECT 'interaction', count(*) FROM interaction
UNION ALL SELECT 'call', count(*) FROM call
UNION ALL SELECT 'survey_response',
    (SELECT count(*) FROM csat) + (SELECT count(*) FROM csat_superseded WHERE response_id > 60000000)
    + (SELECT count(*) FROM nps) + (SELECT count(*) FROM ces) + count(*) FROM pulse
UNION ALL SELECT 'agent', count(*) FROM agent
UNION ALL SELECT 'agent_time', count(*) FROM agent_time
UNION ALL SELECT 'training', count(*) FROM training
UNION ALL SELECT 'quality_review', count(*) FROM quality_review
UNION ALL SELECT 'fx_rate', count(*) FROM fx_rate;

CREATE TABLE invalid_rows AS
SELECT 'customer' AS entity, count(*) AS n FROM invalid_customer
UNION ALL SELECT 'lead', count(*) FROM invalid_lead
UNION ALL SELECT 'deal', count(*) FROM invalid_deal
UNION ALL SELECT 'order', count(*) FROM invalid_order
UNION ALL SELECT 'order_line', count(*) FROM invalid_order_line
UNION ALL SELECT 'ticket', count(*) FROM invalid_ticket
UNION ALL SELECT 'interaction', count(*) FROM invalid_interaction
UNION ALL SELECT 'call', count(*) FROM invalid_call
UNION ALL SELECT 'email_event', count(*) FROM invalid_email_event
UNION ALL SELECT 'survey_response', (SELECT count(*) FROM invalid_csat) + count(*) FROM invalid_nps
UNION ALL SELECT 'web_stat', count(*) FROM invalid_web_stat
UNION ALL SELECT 'spend', count(*) FROM invalid_spend
UNION ALL SELECT 'agent_time', count(*) FROM invalid_agent_time
UNION ALL SELECT 'exposure', count(*) FROM invalid_exposure;
