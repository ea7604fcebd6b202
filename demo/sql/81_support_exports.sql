-- The exports of the support desk's systems; see 80_sales_exports.sql.

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
