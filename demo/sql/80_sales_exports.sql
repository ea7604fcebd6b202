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
