-- The numerators and denominators of the KPIs by hand, from the extracts of benchmarks/company.py as they are: no quarantine,
-- no merged, deleted or doubled records, one source, no other time zone than the company's. What Vigie does beyond this
-- is what its build costs more. The working folder is that of the extracts; $as_of is the moment of the build.
CREATE MACRO day_of(moment) AS CAST(moment AS DATE);
CREATE MACRO period_of(grain, day) AS CAST(date_trunc(grain, day) AS DATE);
CREATE TABLE grains AS SELECT unnest(['day', 'week', 'month', 'quarter', 'year']) AS grain;
CREATE TABLE customers AS SELECT customer_id, email, country, segment AS customer_segment FROM 'customer.parquet';

-- Tickets, by creation, first reply and resolution.
CREATE TABLE tickets AS
WITH work AS (
    SELECT ticket_id, sum(handling_seconds) AS handling_seconds FROM 'interaction.parquet' GROUP BY ticket_id
)
SELECT
    created_at,
    CASE WHEN NOT is_automated THEN first_response_at END AS first_response_at,
    resolved_at,
    resolved_at IS NOT NULL OR (first_response_at IS NOT NULL AND NOT is_automated) AS is_answered,
    resolved_at IS NOT NULL AND NOT is_automated AND agent_reply_count < 2 AND reopen_count = 0
        AND reassignment_count = 0 AS is_first_contact,
    is_automated,
    reopen_count > 0 AS is_reopened,
    interaction_count,
    handling_seconds,
    unnest([
        {'segment_type': 'all', 'segment': 'all'},
        {'segment_type': 'channel', 'segment': channel},
        {'segment_type': 'priority', 'segment': priority},
        {'segment_type': 'category', 'segment': category},
        {'segment_type': 'team', 'segment': team},
        {'segment_type': 'agent', 'segment': agent_id}
    ], recursive := true)
FROM 'ticket.parquet'
LEFT JOIN work USING (ticket_id);

CREATE TABLE ticket_days AS
SELECT
    day_of(created_at) AS day, segment_type, segment,
    count(*) AS tickets,
    count(*) FILTER (WHERE is_answered) AS answered
FROM tickets GROUP BY ALL;

CREATE TABLE reply_days AS
SELECT
    day_of(first_response_at) AS day, segment_type, segment,
    sum(epoch_us(first_response_at) - epoch_us(created_at)) / 1e6 AS seconds,
    count(*) AS replies
FROM tickets WHERE first_response_at IS NOT NULL GROUP BY ALL;

CREATE TABLE resolution_days AS
SELECT
    day_of(resolved_at) AS day, segment_type, segment,
    sum(epoch_us(resolved_at) - epoch_us(created_at)) / 1e6 AS seconds,
    count(*) AS resolved,
    count(*) FILTER (WHERE is_first_contact) AS first_contact,
    count(*) FILTER (WHERE is_automated) AS automated,
    count(*) FILTER (WHERE is_reopened) AS reopened,
    sum(interaction_count) AS interactions,
    sum(handling_seconds) AS handling_seconds,
    count(handling_seconds) AS handled
FROM tickets WHERE resolved_at IS NOT NULL GROUP BY ALL;

CREATE TABLE percentiles AS
SELECT
    'first_response_time' AS kpi, grain, period_of(grain, day_of(first_response_at)) AS period_start, segment_type, segment,
    quantile_cont((epoch_us(first_response_at) - epoch_us(created_at)) / 1e6, [0.5, 0.9]) AS seconds
FROM tickets CROSS JOIN grains WHERE first_response_at IS NOT NULL GROUP BY ALL
UNION ALL
SELECT
    'resolution_time', grain, period_of(grain, day_of(resolved_at)), segment_type, segment,
    quantile_cont((epoch_us(resolved_at) - epoch_us(created_at)) / 1e6, [0.5, 0.9])
FROM tickets CROSS JOIN grains WHERE resolved_at IS NOT NULL GROUP BY ALL;

CREATE TABLE periods AS
SELECT
    grain, period_start, max(day) AS last_day,
    least(CAST(max(day) + 1 AS TIMESTAMPTZ), CAST($as_of AS TIMESTAMPTZ)) AS measured_at
FROM (
    SELECT grain, period_of(grain, day) AS period_start, day
    FROM grains CROSS JOIN (
        SELECT CAST(unnest(generate_series(min(day), day_of(CAST($as_of AS TIMESTAMPTZ)), INTERVAL 1 DAY)) AS DATE) AS day
        FROM ticket_days
    )
) GROUP BY grain, period_start;

CREATE TABLE backlog AS
WITH changes AS (
    SELECT day_of(created_at) AS day, segment_type, segment, 1 AS change, epoch_us(created_at)::HUGEINT AS created FROM tickets
    UNION ALL
    SELECT day_of(resolved_at), segment_type, segment, -1, -epoch_us(created_at)::HUGEINT FROM tickets
    WHERE resolved_at IS NOT NULL
),
daily AS (SELECT day, segment_type, segment, sum(change) AS change, sum(created) AS created FROM changes GROUP BY ALL),
running AS (
    SELECT
        segment_type, segment, day,
        sum(change) OVER so_far AS tickets,
        sum(created) OVER so_far AS created
    FROM daily
    WINDOW so_far AS (PARTITION BY segment_type, segment ORDER BY day)
),
names AS (SELECT segment_type, segment, min(day) AS first_day FROM running GROUP BY ALL)
SELECT
    grain, period_start, names.segment_type, names.segment, tickets,
    (tickets * epoch_us(measured_at)::HUGEINT - created)::DOUBLE / 1e6 AS seconds
FROM periods
INNER JOIN names ON periods.last_day >= names.first_day
ASOF JOIN running
    ON names.segment_type = running.segment_type AND names.segment = running.segment AND periods.last_day >= running.day;

-- Interactions.
CREATE TABLE interaction_periods AS
SELECT grain, period_of(grain, day) AS period_start, channel, sum(interactions) AS interactions
FROM (
    SELECT day_of(occurred_at) AS day, channel, count(*) AS interactions FROM 'interaction.parquet' GROUP BY ALL
)
CROSS JOIN grains GROUP BY ALL;

-- E-mails: one row a campaign and recipient, then days, then periods.
CREATE TABLE email_days AS
WITH sends AS (
    SELECT
        campaign_id, email,
        min(occurred_at) FILTER (WHERE event = 'sent') AS sent_at,
        bool_or(event IN ('delivered', 'open', 'click')) AS is_delivered,
        bool_or(event = 'bounce') AS is_bounced,
        bool_or(event IN ('open', 'click')) AS is_opened,
        bool_or(event = 'click') AS is_clicked,
        bool_or(event = 'unsubscribe') AS is_unsubscribed
    FROM 'email_event/*.parquet' GROUP BY campaign_id, email
)
SELECT
    day_of(sent_at) AS day, campaign_id, country, customer_segment,
    count(*) AS sent,
    count(*) FILTER (WHERE is_delivered) AS delivered,
    count(*) FILTER (WHERE is_bounced) AS bounced,
    count(*) FILTER (WHERE is_opened) AS opened,
    count(*) FILTER (WHERE is_clicked) AS clicked,
    count(*) FILTER (WHERE is_unsubscribed) AS unsubscribed
FROM sends LEFT JOIN customers USING (email) GROUP BY ALL;

CREATE TABLE email_periods AS
WITH days AS (
    SELECT
        day, sent, delivered, bounced, opened, clicked, unsubscribed,
        unnest([
            {'segment_type': 'all', 'segment': 'all'},
            {'segment_type': 'campaign', 'segment': campaign_id},
            {'segment_type': 'country', 'segment': country},
            {'segment_type': 'customer_segment', 'segment': customer_segment},
            {'segment_type': 'counted_from', 'segment': 'emails'}
        ], recursive := true)
    FROM email_days
)
SELECT
    grain, period_of(grain, day) AS period_start, segment_type, segment,
    sum(sent) AS sent, sum(delivered) AS delivered, sum(bounced) AS bounced, sum(opened) AS opened, sum(clicked) AS clicked,
    sum(unsubscribed) AS unsubscribed
FROM days CROSS JOIN grains GROUP BY ALL;

-- Sales and customers.
CREATE TABLE sales AS
SELECT customer_id, day_of(ordered_at) AS day, amount, channel, country, customer_segment
FROM 'order.parquet' INNER JOIN customers USING (customer_id) WHERE status <> 'cancelled';

CREATE TABLE sale_periods AS
WITH segmented AS (
    SELECT
        customer_id, day, amount,
        unnest([
            {'segment_type': 'all', 'segment': 'all'},
            {'segment_type': 'channel', 'segment': channel},
            {'segment_type': 'country', 'segment': country},
            {'segment_type': 'customer_segment', 'segment': customer_segment}
        ], recursive := true)
    FROM sales
)
SELECT
    grain, period_of(grain, day) AS period_start, segment_type, segment,
    sum(amount) AS amount, count(*) AS orders, count(DISTINCT customer_id) AS buyers
FROM segmented CROSS JOIN grains GROUP BY ALL;

-- A purchase makes active for 365 days.
CREATE TABLE spans AS
WITH purchases AS (
    SELECT
        customer_id, day,
        coalesce(day > lag(day) OVER (PARTITION BY customer_id ORDER BY day) + 365, true) AS begins
    FROM (SELECT DISTINCT customer_id, day FROM sales)
),
numbered AS (SELECT *, sum(begins::INT) OVER (PARTITION BY customer_id ORDER BY day) AS number FROM purchases)
SELECT customer_id, min(day) AS active_from, max(day) + 365 AS active_until, min(number) = 1 AS is_first
FROM numbered GROUP BY customer_id, number;

CREATE TABLE customer_periods AS
WITH segments AS (
    SELECT customer_id, unnest([
        {'segment_type': 'all', 'segment': 'all'},
        {'segment_type': 'country', 'segment': country},
        {'segment_type': 'customer_segment', 'segment': customer_segment}
    ], recursive := true)
    FROM customers
),
daily AS (
    SELECT day, segment_type, segment, sum(change) AS change
    FROM (
        SELECT customer_id, active_from AS day, 1 AS change FROM spans
        UNION ALL SELECT customer_id, active_until, -1 FROM spans
    ) INNER JOIN segments USING (customer_id) GROUP BY ALL
),
running AS (
    SELECT segment_type, segment, day, sum(change) OVER (PARTITION BY segment_type, segment ORDER BY day) AS customers
    FROM daily
),
names AS (SELECT segment_type, segment, min(day) AS first_day FROM running GROUP BY ALL),
known AS (SELECT min(day) AS first_day FROM running),
at_end AS (
    SELECT grain, period_start, names.segment_type, names.segment, customers
    FROM periods INNER JOIN names ON periods.last_day >= names.first_day
    ASOF JOIN running
        ON names.segment_type = running.segment_type AND names.segment = running.segment AND periods.last_day >= running.day
),
at_start AS (
    SELECT grain, period_start, names.segment_type, names.segment, customers
    FROM periods INNER JOIN names ON periods.last_day >= names.first_day
    ASOF JOIN running
        ON names.segment_type = running.segment_type AND names.segment = running.segment AND periods.period_start > running.day
),
ends AS (
    SELECT grain, period_of(grain, active_until) AS period_start, customer_id, active_from, active_until
    FROM spans CROSS JOIN grains
),
lost AS (
    SELECT ends.grain, ends.period_start, segment_type, segment, count(*) AS customers
    FROM ends
    INNER JOIN periods USING (grain, period_start)
    INNER JOIN segments USING (customer_id)
    WHERE
        ends.active_from < period_start AND ends.active_until <= last_day
        AND NOT EXISTS (
            SELECT 1 FROM spans AS later
            WHERE later.customer_id = ends.customer_id AND later.active_from <= last_day AND later.active_until > last_day
        )
    GROUP BY ALL
),
buyers AS (
    SELECT grain, period_of(grain, day) AS period_start, customer_id, count(*) AS purchases
    FROM sales CROSS JOIN grains GROUP BY ALL
),
flows AS (
    SELECT
        grain, period_start, segment_type, segment,
        count(*) AS buyers,
        count(*) FILTER (WHERE purchases > 1) AS repeat_buyers,
        count(*) FILTER (WHERE spans.customer_id IS NOT NULL) AS returned
    FROM buyers
    INNER JOIN segments USING (customer_id)
    LEFT JOIN spans
        ON
            buyers.customer_id = spans.customer_id
            AND buyers.period_start > spans.active_from AND buyers.period_start <= spans.active_until
    GROUP BY ALL
),
joined AS (
    SELECT grain, period_of(grain, active_from) AS period_start, segment_type, segment, count(*) AS customers
    FROM spans INNER JOIN segments USING (customer_id) CROSS JOIN grains WHERE is_first GROUP BY ALL
)
SELECT
    grain, period_start, segment_type, segment,
    CASE WHEN period_start > known.first_day THEN coalesce(at_start.customers, 0) END AS customers_at_start,
    at_end.customers AS active, coalesce(lost.customers, 0) AS lost, coalesce(buyers, 0) AS buyers,
    coalesce(repeat_buyers, 0) AS repeat_buyers, coalesce(returned, 0) AS returned, coalesce(joined.customers, 0) AS joined
FROM at_end CROSS JOIN known
LEFT JOIN at_start USING (grain, period_start, segment_type, segment)
LEFT JOIN lost USING (grain, period_start, segment_type, segment)
LEFT JOIN flows USING (grain, period_start, segment_type, segment)
LEFT JOIN joined USING (grain, period_start, segment_type, segment);

-- All of it as rows of KPIs.
CREATE TABLE ticket_periods AS
SELECT grain, period_of(grain, day) AS period_start, segment_type, segment, sum(COLUMNS(* EXCLUDE (day, segment_type, segment, grain)))
FROM ticket_days CROSS JOIN grains GROUP BY ALL;
CREATE TABLE reply_periods AS
SELECT grain, period_of(grain, day) AS period_start, segment_type, segment, sum(COLUMNS(* EXCLUDE (day, segment_type, segment, grain)))
FROM reply_days CROSS JOIN grains GROUP BY ALL;
CREATE TABLE resolution_periods AS
SELECT grain, period_of(grain, day) AS period_start, segment_type, segment, sum(COLUMNS(* EXCLUDE (day, segment_type, segment, grain)))
FROM resolution_days CROSS JOIN grains GROUP BY ALL;

CREATE TABLE kpis (
    kpi VARCHAR, grain VARCHAR, period_start DATE, segment_type VARCHAR, segment VARCHAR, numerator DOUBLE, denominator DOUBLE
);
INSERT INTO kpis SELECT 'ticket_volume', grain, period_start, segment_type, segment, tickets, NULL FROM ticket_periods;
INSERT INTO kpis SELECT 'response_rate', grain, period_start, segment_type, segment, answered, tickets FROM ticket_periods;
INSERT INTO kpis SELECT 'first_response_time', grain, period_start, segment_type, segment, seconds, replies FROM reply_periods;
INSERT INTO kpis SELECT 'resolution_time', grain, period_start, segment_type, segment, seconds, resolved FROM resolution_periods;
INSERT INTO kpis SELECT 'first_contact_resolution_rate', grain, period_start, segment_type, segment, first_contact, resolved FROM resolution_periods;
INSERT INTO kpis SELECT 'interactions_per_ticket', grain, period_start, segment_type, segment, interactions, resolved FROM resolution_periods;
INSERT INTO kpis SELECT 'auto_resolution_rate', grain, period_start, segment_type, segment, automated, resolved FROM resolution_periods;
INSERT INTO kpis SELECT 'reopen_rate', grain, period_start, segment_type, segment, reopened, resolved FROM resolution_periods;
INSERT INTO kpis SELECT 'handling_time', grain, period_start, segment_type, segment, handling_seconds, handled FROM resolution_periods WHERE handled > 0;
INSERT INTO kpis SELECT 'backlog', grain, period_start, segment_type, segment, tickets, NULL FROM backlog;
INSERT INTO kpis SELECT 'backlog_age', grain, period_start, segment_type, segment, seconds, tickets FROM backlog WHERE tickets > 0;
INSERT INTO kpis SELECT 'email_open_rate', grain, period_start, segment_type, segment, opened, sent FROM email_periods;
INSERT INTO kpis SELECT 'email_open_rate_delivered', grain, period_start, segment_type, segment, opened, delivered FROM email_periods WHERE delivered > 0;
INSERT INTO kpis SELECT 'email_click_rate', grain, period_start, segment_type, segment, clicked, opened FROM email_periods WHERE opened > 0;
INSERT INTO kpis SELECT 'email_click_through_rate', grain, period_start, segment_type, segment, clicked, sent FROM email_periods;
INSERT INTO kpis SELECT 'email_click_rate_delivered', grain, period_start, segment_type, segment, clicked, delivered FROM email_periods WHERE delivered > 0;
INSERT INTO kpis SELECT 'delivery_rate', grain, period_start, segment_type, segment, delivered, sent FROM email_periods;
INSERT INTO kpis SELECT 'bounce_rate', grain, period_start, segment_type, segment, bounced, sent FROM email_periods;
INSERT INTO kpis SELECT 'unsubscribe_rate', grain, period_start, segment_type, segment, unsubscribed, sent FROM email_periods;
INSERT INTO kpis SELECT 'revenue', grain, period_start, segment_type, segment, amount, NULL FROM sale_periods;
INSERT INTO kpis SELECT 'average_order_value', grain, period_start, segment_type, segment, amount, orders FROM sale_periods;
INSERT INTO kpis SELECT 'revenue_per_customer', grain, period_start, segment_type, segment, amount, buyers FROM sale_periods;
INSERT INTO kpis SELECT 'active_customers', grain, period_start, segment_type, segment, active, NULL FROM customer_periods;
INSERT INTO kpis SELECT 'new_customers', grain, period_start, segment_type, segment, joined, NULL FROM customer_periods;
INSERT INTO kpis SELECT 'retention_rate', grain, period_start, segment_type, segment, customers_at_start - lost, customers_at_start FROM customer_periods WHERE customers_at_start > 0;
INSERT INTO kpis SELECT 'churn_rate', grain, period_start, segment_type, segment, lost, customers_at_start FROM customer_periods WHERE customers_at_start > 0;
INSERT INTO kpis SELECT 'repurchase_rate', grain, period_start, segment_type, segment, returned, customers_at_start FROM customer_periods WHERE customers_at_start > 0;
INSERT INTO kpis SELECT 'loyalty_rate', grain, period_start, segment_type, segment, repeat_buyers, buyers FROM customer_periods WHERE buyers > 0;
INSERT INTO kpis SELECT 'first_response_time_p50', grain, period_start, segment_type, segment, seconds[1], NULL FROM percentiles WHERE kpi = 'first_response_time';
INSERT INTO kpis SELECT 'first_response_time_p90', grain, period_start, segment_type, segment, seconds[2], NULL FROM percentiles WHERE kpi = 'first_response_time';
INSERT INTO kpis SELECT 'resolution_time_p50', grain, period_start, segment_type, segment, seconds[1], NULL FROM percentiles WHERE kpi = 'resolution_time';
INSERT INTO kpis SELECT 'resolution_time_p90', grain, period_start, segment_type, segment, seconds[2], NULL FROM percentiles WHERE kpi = 'resolution_time';
INSERT INTO kpis
SELECT 'channel_share', grain, period_start, 'channel', channel, interactions, sum(interactions) OVER (PARTITION BY grain, period_start)
FROM interaction_periods;
INSERT INTO kpis
SELECT 'arpu', grain, period_start, segment_type, segment, coalesce(amount, 0), active
FROM customer_periods LEFT JOIN sale_periods USING (grain, period_start, segment_type, segment) WHERE active > 0;
