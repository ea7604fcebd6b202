-- People: customers in the order in which they became customers, support agents and sales owners.

CREATE TABLE agent AS
FROM (VALUES
    ('A01', 'Ambre Vasseur', 'Live', DATE '2019-03-04', NULL::DATE),
    ('A02', 'Basile Roux', 'Live', DATE '2020-09-14', NULL),
    ('A03', 'Clarisse Nguyen', 'Live', DATE '2021-01-18', NULL),
    ('A04', 'Damien Ferreira', 'Live', DATE '2021-06-07', DATE '2024-02-29'),
    ('A05', 'Eva Lindqvist', 'Live', DATE '2022-04-11', NULL),
    ('A06', 'Farid Benali', 'Live', DATE '2022-10-03', NULL),
    ('A07', 'Gaëlle Marchand', 'E-mail desk', DATE '2018-05-21', NULL),
    ('A08', 'Hugo Pelletier', 'E-mail desk', DATE '2020-02-10', DATE '2025-11-28'),
    ('A09', 'Inès Carpentier', 'E-mail desk', DATE '2021-03-22', NULL),
    ('A10', 'Jonas Weber', 'E-mail desk', DATE '2022-01-10', DATE '2025-11-14'),
    ('A11', 'Katia Moreau', 'E-mail desk', DATE '2022-09-05', NULL),
    ('A12', 'Léonie Garnier', 'Pro desk', DATE '2019-11-12', NULL),
    ('A13', 'Malik Diallo', 'Pro desk', DATE '2021-09-06', DATE '2023-08-31'),
    ('A14', 'Noémie Faure', 'Pro desk', DATE '2022-02-14', NULL),
    ('A15', 'Oscar Petit', 'Pro desk', DATE '2023-09-04', NULL),
    ('A16', 'Pia Rossi', 'Live', DATE '2024-03-11', NULL),
    ('A17', 'Quentin Lefort', 'Live', DATE '2024-09-16', NULL),
    ('A18', 'Rosa Iglesias', 'E-mail desk', DATE '2024-10-07', NULL)
) AS t (agent_id, name, team, hired, left_on);

-- The agents on duty by day and team.
CREATE TABLE roster AS
SELECT calendar.d, agent.team, list(agent.agent_id ORDER BY agent.agent_id) AS agents
FROM calendar
INNER JOIN agent ON agent.hired <= calendar.d AND (agent.left_on IS NULL OR calendar.d <= agent.left_on)
GROUP BY ALL;

CREATE TABLE owner AS
FROM (VALUES
    ('S01', 'Solène Arnaud'), ('S02', 'Thibault Caron'), ('S03', 'Ulysse Meyer'), ('S04', 'Valérie Costa'),
        ('S05', 'Wendy Okafor')
) AS t (owner_id, name);

CREATE MACRO first_names() AS [
    'Adèle', 'Agathe', 'Alix', 'Amélie', 'Anaïs', 'Antoine', 'Arthur', 'Aurélie', 'Axel', 'Benoît', 'Camille',
    'Cécile', 'Chloé', 'Clément', 'Colette', 'Damien', 'David', 'Diane', 'Éloïse', 'Émile', 'Emma', 'Étienne',
    'Fabrice', 'Fanny', 'Gabriel', 'Gilles', 'Hélène', 'Hervé', 'Inès', 'Jade', 'Jérôme', 'Juliette', 'Karim',
    'Laure', 'Léa', 'Léon', 'Lucie', 'Manon', 'Marc', 'Maud', 'Nadia', 'Nicolas', 'Nina', 'Noé', 'Olivier',
    'Pauline', 'Paul', 'Quentin', 'Rachid', 'Romane', 'Sacha', 'Simon', 'Sofia', 'Théo', 'Valentin', 'Violette',
    'Xavier', 'Yann', 'Yasmine', 'Zoé'
];
CREATE MACRO last_names() AS [
    'Allard', 'Aubert', 'Bailly', 'Barbier', 'Bérard', 'Berger', 'Blanchard', 'Bonnet', 'Boucher', 'Bourgeois',
    'Brunet', 'Carlier', 'Chevalier', 'Colin', 'Cordier', 'Courtois', 'Da Silva', 'Delaunay', 'Deschamps',
    'Dubois', 'Dumas', 'Dupuy', 'Fabre', 'Fischer', 'Fleury', 'Fontaine', 'Gaillard', 'Gauthier', 'Gérard',
    'Girard', 'Guérin', 'Guillot', 'Haddad', 'Henry', 'Hubert', 'Jacquet', 'Joly', 'Kowalski', 'Lacroix',
    'Lambert', 'Leclercq', 'Lefèvre', 'Legrand', 'Lemoine', 'Lopez', 'Maillard', 'Marchal', 'Martel', 'Masson',
    'Mercier', 'Michaud', 'Morin', 'Müller', 'Navarro', 'Olivier', 'O''Brien', 'Paris', 'Perrin', 'Picard',
    'Poirier', 'Renard', 'Rey', 'Rivière', 'Rolland', 'Sanchez', 'Schneider', 'Simon', 'Tessier', 'Thomas',
    'Vidal', 'Vincent', 'Weber'
];
CREATE MACRO shopping_hours() AS [
    0, 7, 8, 9, 9, 10, 10, 11, 11, 12, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 20,
    20, 21, 21, 21, 21, 22, 22, 23
];

CREATE MACRO full_name(purpose, key) AS
    pick(first_names(), u(purpose || ' first', key)) || ' ' || pick(last_names(), u(purpose || ' last', key));

-- An address in one of the domains reserved for examples (RFC 2606); `tag` makes it unique.
CREATE MACRO address_of(name, tag, x) AS
    lower(regexp_replace(replace(strip_accents(name), ' ', '.'), '[^A-Za-z.]', '', 'g'))
    || tag || '@' || pick(['example.com', 'example.com', 'example.org', 'example.net'], x);

-- `pid` numbers customers from 0 by the day on which they became one; 38 % of them did before the first day.
CREATE TABLE person AS
WITH numbered AS (
    SELECT pid, pid < floor(0.38 * customers()) AS is_old, floor(0.38 * customers()) AS old
    FROM range(customers()) AS r (pid)
),

dated AS (
    SELECT
        numbered.*,
        -- Evenly distributed over the weighted time: one draw in each of its equal slices.
        ((pid - old + u('joined', pid)) / (customers() - old) * orders_in_all())::BIGINT AS position
    FROM numbered
),

joined AS (
    SELECT
        pid,
        is_old,
        CASE
            WHEN is_old THEN DATE '2019-01-01' + floor((pid + u('joined', pid)) / old * 1461)::INTEGER
            ELSE calendar.d
        END AS joined_on
    FROM dated
    ASOF LEFT JOIN calendar ON dated.position >= calendar.orders_before
),

described AS (
    SELECT
        pid,
        is_old,
        joined_on,
        avoid_clock_change(
            joined_on + to_hours(pick(shopping_hours(), u('joined hour', pid)))
            + to_minutes(floor(60 * u('joined minute', pid))::INTEGER)
        ) AS joined_at,
        full_name('person', pid) AS name,
        CASE
            WHEN u('segment', pid) < 0.9 THEN 'consumer'
            WHEN u('trade', pid) < 0.5 THEN 'architect'
            WHEN u('trade', pid) < 0.8 THEN 'hotel'
            ELSE 'retailer'
        END AS segment,
        CASE
            WHEN u('country', pid) < 0.72 THEN 'FR'
            WHEN u('country', pid) < 0.81 THEN 'BE'
            WHEN u('country', pid) < 0.87 THEN 'CH'
            WHEN u('country', pid) < 0.93 THEN 'DE'
            WHEN u('country', pid) < 0.98 THEN 'GB'
            ELSE 'LU'
        END AS country,
        pick(
            ['Organic Search', 'Organic Search', 'Organic Search', 'Paid Search', 'Paid Search', 'Organic Social',
                'Referrals', 'Email Marketing', 'Direct Traffic', 'Direct Traffic'],
            u('source', pid)
        ) AS source
    FROM joined
)

SELECT
    *,
    10000000 + pid * 10 AS record_id,
    address_of(name, pid, u('domain', pid)) AS email,
    segment <> 'consumer' AS is_trade,
    'S0' || (1 + floor(5 * u('owner', pid))::INTEGER) AS owner_id,
    CASE WHEN pid > 20 AND u('referred', pid) < 0.06 THEN 10000000 + floor(u('referrer', pid) * pid)::BIGINT * 10 END
        AS referred_by,
    -- Contacts that were never marked as customers became one with their first valid order.
    CASE
        WHEN is_old OR segment <> 'consumer' OR joined_on >= DATE '2025-12-01' OR u('unmarked', pid) >= 0.04
            THEN joined_at
    END AS became_customer_at,
    -- Some people are in the CRM twice: merged records, and records with another spelling of the address.
    CASE
        WHEN joined_on >= end_day() - 120 THEN NULL
        WHEN u('twin', pid) < 0.014 THEN 'merged'
        WHEN u('twin', pid) < 0.028 THEN 'same e-mail'
    END AS twin,
    greatest(joined_at, TIMESTAMP '2023-01-01') + to_hours(24 * (10 + floor(100 * u('twin day', pid))::INTEGER))
        AS twin_at
FROM described;

-- The number of customers at the start of a day. Customers of that day are those with a smaller `pid`.
CREATE TABLE customer_count AS
SELECT calendar.d, (SELECT count(*) FROM person WHERE is_old)
    + coalesce(sum(came.n) OVER (ORDER BY calendar.d), 0)::BIGINT
    - coalesce(came.n, 0) AS customers
FROM calendar
LEFT JOIN (SELECT joined_on, count(*) AS n FROM person WHERE NOT is_old GROUP BY 1) AS came
    ON calendar.d = came.joined_on;

-- The record of a person that a system uses at a time: in a third of the cases the twin, once it exists.
CREATE MACRO record_used(record_id, twin, twin_at, as_of, x) AS
    CASE WHEN twin IS NOT NULL AND as_of > twin_at AND x < 0.35 THEN record_id + 1 ELSE record_id END;
