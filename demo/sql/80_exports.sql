-- The exports of the company's systems: each view or macro is one kind of file, and its columns are the file's header.
-- The headers of HubSpot, Zendesk and Mailchimp are real. HubSpot exports also have properties that users added.

CREATE MACRO minute_text(t) AS coalesce(strftime(t, '%Y-%m-%d %H:%M'), '');
CREATE MACRO french_time(t) AS coalesce(strftime(t, '%d/%m/%Y %H:%M'), '');
CREATE MACRO french_number(x) AS replace(replace(format('{:,.2f}', x::DOUBLE), ',', ' '), '.', ',');
CREATE MACRO end_of_year(year)
    AS least(make_timestamp(year + 1, 1, 1, 0, 0, 0), end_day()::TIMESTAMP) - INTERVAL 1 MINUTE;

-- HubSpot

CREATE VIEW hubspot_contacts AS
WITH records AS (
    SELECT
        *,
        record_id::VARCHAR AS id,
        minute_text(joined_at - to_hours(24 * floor(20 * u('in the CRM before', pid))::INTEGER)) AS created,
        minute_text(became_customer_at) AS became,
        minute_text(joined_at + to_hours(24 * floor(5 * u('touched', pid))::INTEGER)) AS modified,
        '' AS merged_into,
        email AS written
    FROM person
    UNION ALL
    SELECT
        *,
        (record_id + 1)::VARCHAR AS id,
        minute_text(twin_at) AS created,
        '' AS became,
        minute_text(twin_at + INTERVAL 30 DAY) AS modified,
        CASE twin WHEN 'merged' THEN record_id::VARCHAR ELSE '' END AS merged_into,
        CASE twin WHEN 'merged' THEN email ELSE upper(email[1:4]) || email[5:] || ' ' END AS written
    FROM person
    WHERE twin IS NOT NULL
)

SELECT
    id AS "Record ID - Contact",
    split_part(name, ' ', 1) AS "First Name",
    substr(name, instr(name, ' ') + 1) AS "Last Name",
    written AS "Email",
    '' AS "Phone Number",
    (SELECT any_value(owner.name) || ' [' || records.owner_id || ']' FROM owner
        WHERE owner.owner_id = records.owner_id) AS "Contact owner",
    modified AS "Last Activity Date",
    '' AS "Lead Status",
    'Marketing contact' AS "Marketing contact status",
    created AS "Create Date",
    CASE WHEN is_trade THEN (70000000 + pid)::VARCHAR ELSE '' END AS "Record ID - Company",
    CASE WHEN is_trade THEN upper(segment[1]) || segment[2:] || ' ' || substr(name, instr(name, ' ') + 1) ELSE '' END
        AS "Company name",
    CASE WHEN is_trade THEN owner_id ELSE '' END AS "Company owner",
    CASE WHEN is_trade THEN created ELSE '' END AS "Create Date_1",
    '' AS "Phone Number_1",
    '' AS "Last Activity Date_1",
    '' AS "City",
    country AS "Country/Region",
    CASE WHEN u('source known', pid) < 0.97 THEN source ELSE '?' END AS "Original Source",
    segment AS "Customer type",
    became AS "Became a Customer Date",
    modified AS "Last Modified Date",
    coalesce(referred_by::VARCHAR, '') AS "Referred by record ID",
    merged_into AS "Merged into record ID"
FROM records
UNION ALL
SELECT
    record_id, 'Ghost', 'Contact', email, '', '', created, '', '', created, '', '', '', '', '', '', '', 'FR',
        'Direct Traffic', 'consumer', '',
    '2025-01-01 00:00', '', ''
FROM invalid_customer
ORDER BY 1, 4;

CREATE VIEW hubspot_deals AS
SELECT
    deal_id::VARCHAR AS "Record ID",
    customer_name || ' - ' || project AS "Deal Name",
    minute_text(least(decided_at, end_day()::TIMESTAMP - INTERVAL 1 HOUR)) AS "Last Activity Date",
    '' AS "State",
    CASE WHEN is_closed AND would_win THEN 'Closed won' WHEN is_closed THEN 'Closed lost' ELSE 'Proposal sent' END
        AS "Deal Stage",
    -- HubSpot has the expected close date until a deal is closed.
    minute_text(decided_at) AS "Close Date",
    (SELECT any_value(owner.name) || ' [' || deal.owner_id || ']' FROM owner WHERE owner.owner_id = deal.owner_id)
        AS "Deal owner",
    CASE WHEN NOT is_closed AND deal_id % 70 = 0 THEN 'n/a' ELSE amount::VARCHAR END AS "Amount",
    '' AS "Date of last meeting booked in meetings tool",
    'Trade' AS "Pipeline",
    '' AS "Associated Product",
    '' AS "Products",
    '' AS "LMS",
    '' AS "Associated Product IDs",
    minute_text(created_at) AS "Create Date",
    customer_id::VARCHAR AS "Associated Contact IDs",
    CASE deal_type WHEN 'new' THEN 'New business' WHEN 'renewal' THEN 'Renewal' WHEN 'upsell' THEN 'Upsell'
        ELSE 'Cross-sell' END AS "Deal Type",
    currency AS "Currency"
FROM deal
UNION ALL
SELECT
    record_id, 'Ghost deal', '2025-08-01 10:00', '', 'Proposal sent', '', '', amount, '', 'Trade', '', '', '', '',
        created, '10000100', deal_type,
    'EUR'
FROM invalid_deal
ORDER BY 1;

CREATE VIEW hubspot_leads AS
SELECT
    lead_id::VARCHAR AS "Record ID",
    split_part(name, ' ', 1) AS "First Name",
    substr(name, instr(name, ' ') + 1) AS "Last Name",
    minute_text(created_at) AS "Create Date",
    '' AS "Company Name",
    '' AS "Job Title",
    '' AS "Annual Revenue",
    source AS "Original Source",
    '' AS "Original Source Drill-Down 1",
    '' AS "Original Source Drill-Down 2",
    'Catalogue: spring, summer, autumn' AS "First Conversion",
    '' AS "First Page Seen",
    '' AS "Last Page Seen",
    '' AS "Product Type",
    '' AS "Date of last meeting booked in meetings tool",
    '0' AS "Number of Associated Deals",
    email AS "Email",
    (SELECT any_value(owner.name) || ' [' || lead.owner_id || ']' FROM owner WHERE owner.owner_id = lead.owner_id)
        AS "Contact owner",
    country AS "Country/Region",
    minute_text(converted_at) AS "Became a Customer Date",
    minute_text(lost_at) AS "Disqualified Date"
FROM lead
UNION ALL
SELECT
    record_id, 'Ghost', 'Lead', created, '', '', '', 'Direct Traffic', '', '', '', '', '', '', '', '0',
        'ghost.lead@example.com', '', 'FR', '', ''
FROM invalid_lead
ORDER BY 1, 4;

-- The shop

CREATE TABLE order_campaign AS
WITH hinted AS (
    SELECT number, ordered_at, u('order campaign', number) AS x FROM shop_order WHERE channel = 'web'
)

SELECT
    hinted.number,
    CASE
        WHEN hinted.x < 0.11 AND hinted.ordered_at < newsletter.sent_at + INTERVAL 3 DAY THEN newsletter.campaign_id
        WHEN hinted.x BETWEEN 0.11 AND 0.19
            THEN pick(['ga-brand', 'ga-pendants', 'meta-retarget', 'pin-autumn'], u('order ad', hinted.number))
    END AS campaign_id
FROM hinted
ASOF LEFT JOIN newsletter ON hinted.ordered_at >= newsletter.sent_at;

-- One file per year with the orders placed or changed in it. An order of December that is delivered in January is in
-- both files, with different statuses.
CREATE MACRO shop_orders(year) AS TABLE
WITH known AS (
    SELECT
        shop_order.*,
        order_state(outcome, shipped_at, delivered_at, refunded_at, cancelled_at, end_of_year(year)) AS state,
        order_changed(ordered_at, shipped_at, delivered_at, refunded_at, cancelled_at, end_of_year(year)) AS changed
    FROM shop_order
    WHERE ordered_at <= end_of_year(year) AND ordered_at >= make_timestamp(year - 1, 11, 1, 0, 0, 0)
),

written AS (
    SELECT
        known.number AS position,
        known.order_id AS "Commande",
        known.customer_id::VARCHAR AS "Client",
        french_time(known.ordered_at) AS "Date de commande",
        french_number(known.amount) AS "Montant TTC",
        known.currency AS "Devise",
        french_number(known.margin) AS "Marge",
        CASE known.state
            WHEN 'paid' THEN 'payée'
            WHEN 'shipped' THEN 'expédiée'
            WHEN 'delivered' THEN 'livrée'
            WHEN 'cancelled' THEN 'annulée'
            WHEN 'refunded' THEN 'remboursée'
            WHEN 'failed' THEN 'échouée'
            ELSE 'test'
        END AS "Statut",
        known.channel AS "Canal",
        known.order_type AS "Type",
        coalesce(order_campaign.campaign_id, 'n/a') AS "Campagne",
        CASE WHEN known.number % 211 = 0 THEN '?' ELSE known.country END AS "Pays",
        strftime(known.changed, '%Y-%m-%dT%H:%M:%S') AS updated
    FROM known
    LEFT JOIN order_campaign USING (number)
    WHERE year(known.changed) = year
    UNION ALL
    SELECT
        999999999, order_id, customer_id, ordered_at, amount, 'EUR', '10,00', 'livrée', 'web', 'standard', 'n/a',
            'FR', '2024-12-01T00:00:00'
    FROM invalid_order
    WHERE year = 2024
)

SELECT * EXCLUDE (position) FROM written ORDER BY position, "Commande", "Date de commande";

CREATE MACRO shop_order_lines(year) AS TABLE
WITH written AS (
    SELECT
        order_line.number AS position,
        shop_order.order_id AS "Commande",
        order_line.line_number::VARCHAR AS "Ligne",
        order_line.product_id AS "Référence",
        order_line.product_name AS "Désignation",
        order_line.category AS "Famille",
        order_line.quantity::VARCHAR AS "Quantité",
        french_number(order_line.amount) AS "Montant",
        french_number(order_line.margin) AS "Marge"
    FROM order_line
    INNER JOIN shop_order USING (number)
    WHERE year(shop_order.ordered_at) = year
    UNION ALL
    SELECT 999999999, order_id, line_number, 'LUM-019', 'Filament E27', 'Bulbs', quantity, amount, '1,00'
        FROM invalid_order_line WHERE year = 2024
)

SELECT * EXCLUDE (position) FROM written ORDER BY position, "Ligne", "Commande";

CREATE VIEW shop_fx_rates AS SELECT d AS "date", currency, rate FROM fx_rate ORDER BY d;

-- Zendesk

CREATE MACRO zendesk_tickets(year) AS TABLE
WITH known AS (
    SELECT
        *,
        CASE WHEN replied_at <= end_of_year(year) THEN replied_at END AS replied,
        CASE WHEN solved_at <= end_of_year(year) THEN solved_at END AS solved,
        ticket_state(exclusion, excluded_at, replied_at, solved_at, closed_at, end_of_year(year)) AS state,
        ticket_changed(created_at, excluded_at, replied_at, solved_at, closed_at, end_of_year(year)) AS changed
    FROM ticket
    WHERE created_at <= end_of_year(year) AND created_at >= make_timestamp(year - 1, 7, 1, 0, 0, 0)
),

spoken AS (
    SELECT
        *,
        coalesce((SELECT any_value(agent.name) || ' [' || known.agent_id || ']' FROM agent
            WHERE agent.agent_id = known.agent_id), '') AS assignee
    FROM known
    WHERE year(changed) = year
),

written AS (
    SELECT
        ticket_id AS position,
        '1' AS "Summation column",
        ticket_id::VARCHAR AS "Id",
        requester AS "Requester",
        (400000000 + ticket_id)::VARCHAR AS "Requester id",
        '' AS "Requester external id",
        requester_email AS "Requester email",
        split_part(trim(lower(requester_email)), '@', 2) AS "Requester domain",
        requester AS "Submitter",
        CASE WHEN replied IS NOT NULL OR ticket_id % 3 > 0 THEN assignee ELSE '' END AS "Assignee",
        CASE WHEN exclusion = 'spam' THEN '' ELSE team END AS "Group",
        CASE
            WHEN ticket_id % 61 = 0 THEN category || ' "' || pick(['Halo', 'Dune', 'Quartz'], u('subject', ticket_id))
                || '":' || chr(10) || 'what now?'
            WHEN ticket_id % 7 = 0 THEN category || ', order AL-'
                || (100001 + floor(20000 * u('subject', ticket_id)))::INTEGER
            ELSE category || ': ' || pick(['a question', 'not as expected', 'when?', 'please call back'],
                u('subject', ticket_id))
        END AS "Subject",
        trim(concat_ws(
            ' ',
            'category_' || lower(category),
            CASE WHEN is_bot_only AND solved IS NOT NULL THEN 'bot_solved' END,
            CASE WHEN excluded_at <= end_of_year(year) THEN CASE exclusion
                WHEN 'merged' THEN 'closed_by_merge merged_into_' || merged_into WHEN 'deleted' THEN NULL ELSE exclusion
            END END
        )) AS "Tags",
        state AS "Status",
        CASE WHEN exclusion = 'spam' THEN '-' ELSE priority END AS "Priority",
        CASE channel WHEN 'email' THEN 'Mail' WHEN 'web' THEN 'Web form' WHEN 'chat' THEN 'Chat'
            ELSE 'Phone call (incoming)' END AS "Via",
        'Question' AS "Ticket type",
        minute_text(created_at) AS "Created at",
        minute_text(changed) AS "Updated at",
        minute_text(replied) AS "Assigned at",
        '' AS "Organization",
        '' AS "Due date",
        minute_text(replied) AS "Initially assigned at",
        minute_text(solved) AS "Solved at",
        coalesce((minutes_between(created_at, solved) // 60)::VARCHAR, '') AS "Resolution time",
        'Unoffered' AS "Satisfaction Score",
        '1' AS "Group stations",
        (1 + passed_on)::VARCHAR AS "Assignee stations",
        CASE WHEN solved IS NULL THEN '0' ELSE reopens::VARCHAR END AS "Reopens",
        CASE WHEN solved IS NOT NULL THEN replies WHEN replied IS NOT NULL THEN 1 ELSE 0 END::VARCHAR AS "Replies",
        coalesce(minutes_between(created_at, replied)::VARCHAR, '') AS "First reply time in minutes",
        CASE WHEN replied IS NULL THEN '' ELSE reply_after::VARCHAR END
            AS "First reply time in minutes within business hours",
        coalesce(minutes_between(created_at, solved)::VARCHAR, '') AS "First resolution time in minutes",
        CASE WHEN solved IS NULL THEN '' ELSE solve_after::VARCHAR END
            AS "First resolution time in minutes within business hours",
        coalesce(minutes_between(created_at, solved)::VARCHAR, '') AS "Full resolution time in minutes",
        CASE WHEN solved IS NULL THEN '' ELSE solve_after::VARCHAR END
            AS "Full resolution time in minutes within business hours",
        '0' AS "Agent wait time in minutes",
        '0' AS "Agent wait time in minutes within business hours",
        coalesce(minutes_between(created_at, replied)::VARCHAR, '') AS "Requester wait time in minutes",
        CASE WHEN replied IS NULL THEN '' ELSE reply_after::VARCHAR END
            AS "Requester wait time in minutes within business hours",
        '0' AS "On hold time in minutes",
        '0' AS "On hold time in minutes within business hours"
    FROM spoken
    UNION ALL
    SELECT
        999999999, '1', ticket_id, 'Ghost', '', '', 'ghost@example.com', 'example.com', 'Ghost', '', 'E-mail desk',
            'Ghost', 'category_order', 'Open',
        'Normal', 'Mail', 'Question', created, '2024-12-01 10:00', '', '', '', '', '', '', 'Unoffered', '1', '1',
            reopens, '0', '', '', '', '', '', '',
        '0', '0', '', '', '0', '0'
    FROM invalid_ticket
    WHERE year = 2024
)

SELECT * EXCLUDE (position) FROM written ORDER BY position, "Id", "Created at";

CREATE MACRO zendesk_events(year) AS TABLE
SELECT
    interaction_id AS id,
    ticket_id,
    strftime(to_utc(occurred_at), '%Y-%m-%dT%H:%M:%SZ') AS created_at,
    {'channel': channel} AS via,
    {'id': agent_id, 'role': CASE author WHEN 'customer' THEN 'end-user' ELSE author END} AS author,
    is_public AS public,
    CASE WHEN author = 'agent' THEN seconds END AS handling_seconds
FROM interaction
WHERE year(occurred_at) = year
UNION ALL
SELECT interaction_id, 30001, created_at, {'channel': 'email'}, {'id': NULL, 'role': role}, true, NULL
FROM invalid_interaction
WHERE year = 2025
ORDER BY created_at, id;

-- The telephone system, in the format of Aircall's API (seconds since 1970)

CREATE MACRO aircall_calls(year) AS TABLE
SELECT
    call_id AS id,
    direction,
    CASE WHEN answered_at IS NULL THEN 'missed' ELSE 'done' END AS status,
    missed_call_reason,
    epoch(to_utc(started_at))::BIGINT AS started_at,
    epoch(to_utc(answered_at))::BIGINT AS answered_at,
    epoch(to_utc(ended_at))::BIGINT AS ended_at,
    {'id': agent_id} AS "user",
    {'name': queue, 'digits': CASE queue WHEN 'orders' THEN '+33 4 65 71 00 01' WHEN 'support'
        THEN '+33 4 65 71 00 02' ELSE '+33 4 65 71 00 03' END}
        AS number,
    {'external_id': customer_id::VARCHAR} AS contact
FROM call
WHERE year(started_at) = year
UNION ALL
SELECT call_id, direction, 'done', NULL, started_at, NULL, NULL, {'id': NULL}, {'name': 'orders', 'digits': NULL},
    {'external_id': NULL}
FROM invalid_call
WHERE year = 2025
ORDER BY started_at, id;

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

-- Surveys

CREATE VIEW survey_csat AS
WITH answered AS (
    SELECT response_id, ticket_id, answered_at, score FROM csat
    UNION ALL
    SELECT response_id, ticket_id, answered_at, score FROM csat_superseded
),

written AS (
    SELECT
        answered.answered_at AS position,
        answered.response_id::VARCHAR AS "N° réponse",
        french_time(answered.answered_at) AS "Date de réponse",
        answered.ticket_id::VARCHAR AS "N° ticket",
        coalesce(csat.customer_id::VARCHAR, '?') AS "Client",
        csat.channel AS "Canal",
        coalesce(csat.agent_id, '?') AS "Agent",
        answered.score::VARCHAR AS "Note",
        CASE
            WHEN u('comment', answered.response_id) > 0.2 THEN ''
            WHEN answered.score >= 4 THEN pick(['Très efficace, merci', 'Réponse rapide; parfait', 'À recommander'],
                u('words', answered.response_id))
            ELSE pick(['Déçu : j''attends toujours', 'Le robot "tourne" en rond', 'Pas de réponse à ma question'],
                u('words', answered.response_id))
        END AS "Commentaire"
    FROM answered
    INNER JOIN csat USING (ticket_id)
    UNION ALL
    SELECT end_day()::TIMESTAMP, response_id, answered_at, '30005', '10000110', 'email', 'A07', score, ''
        FROM invalid_csat
)

SELECT * EXCLUDE (position) FROM written ORDER BY position, "N° réponse", "Note";

CREATE VIEW survey_nps AS
SELECT response_id AS "Response", minute_text(answered_at) AS "Answered", customer_id::VARCHAR AS "Customer",
    score::VARCHAR AS "Score" FROM nps
UNION ALL
SELECT response_id, answered_at, '10000120', score FROM invalid_nps
ORDER BY "Answered", "Response";

CREATE VIEW survey_ces AS
SELECT
    response_id AS "Response", minute_text(answered_at) AS "Answered", ticket_id::VARCHAR AS "Ticket",
        coalesce(customer_id::VARCHAR, '?') AS "Customer",
    coalesce(agent_id, '?') AS "Agent", channel AS "Channel", score::VARCHAR AS "Score"
FROM ces
ORDER BY "Answered", "Response";

CREATE VIEW survey_pulse AS
SELECT response_id AS "Response", minute_text(answered_at) AS "Answered", agent_id AS "Agent", score::VARCHAR AS "Score"
FROM pulse
ORDER BY "Answered", "Response";

-- The team

CREATE VIEW hr_agents AS
SELECT
    agent_id AS "Matricule", name AS "Nom", team AS "Équipe", strftime(hired, '%d/%m/%Y') AS "Entrée",
    coalesce(strftime(left_on, '%d/%m/%Y'), '01/01/1900') AS "Sortie"
FROM agent
ORDER BY agent_id;

CREATE VIEW hr_agent_time AS
SELECT agent_id AS "Matricule", strftime(d, '%d/%m/%Y') AS "Jour", available_seconds::VARCHAR AS "Disponible (s)",
    handling_seconds::VARCHAR AS "Traitement (s)"
FROM agent_time
UNION ALL
SELECT agent_id, d, available, '18000' FROM invalid_agent_time
ORDER BY 1, 2, 3;

CREATE VIEW hr_training AS
SELECT training_id, agent_id, completed_on::VARCHAR AS completed_on FROM training ORDER BY training_id;

CREATE VIEW quality_reviews AS
SELECT review_id, ticket_id::VARCHAR AS ticket_id, agent_id, minute_text(reviewed_at) AS reviewed_at
    FROM quality_review ORDER BY reviewed_at, review_id;

-- One row per error found.
CREATE VIEW quality_errors AS
SELECT review_id, pick(['tone', 'wrong answer', 'missing follow-up'], u('error kind', review_id || '.' || r.n)) AS kind
FROM quality_review, range(errors) AS r (n)
ORDER BY review_id, r.n;
