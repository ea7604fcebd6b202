-- Answers of customers and staff. The share of satisfied customers varies from week to week within limits, so that only
-- the planned incidents make a rule fire.

CREATE TABLE csat_asked AS
SELECT
    ticket.*,
    avoid_clock_change(solved_at + to_minutes(40 + floor(2300 * power(u('answers after', ticket_id), 2))::INTEGER)) AS answered_at
FROM ticket
WHERE
    solved_at IS NOT NULL AND exclusion IS NULL
    AND u('answers', ticket_id) < CASE channel WHEN 'chat' THEN 0.46 WHEN 'email' THEN 0.25 WHEN 'web' THEN 0.22
        ELSE 0.20 END;

CREATE TABLE csat AS
WITH ranked AS (
    SELECT
        csat_asked.*,
        person.record_id AS customer_id,
        date_trunc('week', answered_at)::DATE AS week,
        row_number() OVER (PARTITION BY channel, date_trunc('week', answered_at) ORDER BY u('mood', ticket_id),
            ticket_id) AS turn,
        count(*) OVER (PARTITION BY channel, date_trunc('week', answered_at)) AS answers
    FROM csat_asked
    LEFT JOIN person USING (pid)
    WHERE answered_at < end_day()
),

rated AS (
    SELECT
        *,
        CASE
            WHEN channel = 'chat' AND week >= chat_bot_broken_since() THEN 0.46
            ELSE
                CASE channel WHEN 'chat' THEN 0.90 WHEN 'phone' THEN 0.91 WHEN 'email' THEN 0.86 ELSE 0.87 END
                + 0.05 * (u('content', channel || week) - 0.5)
        END AS satisfied_share,
        turn <= floor(answers * satisfied_share + u('content of', channel || week)) AS is_satisfied
    FROM ranked
)

SELECT
    80001 + row_number() OVER (ORDER BY answered_at, ticket_id) - 1 AS response_id,
    ticket_id,
    customer_id,
    agent_id,
    channel,
    team,
    answered_at,
    week,
    CASE
        WHEN is_satisfied THEN pick([5, 5, 5, 4, 4], u('score', ticket_id))
        ELSE pick([3, 3, 2, 1, 1], u('score', ticket_id))
    END AS score
FROM rated;

-- An earlier answer to the same survey, some minutes before: with the same number, or through a second invitation.
CREATE TABLE csat_superseded AS
SELECT
    CASE WHEN u('second thought', response_id) < 0.006 THEN response_id ELSE 60000000 + response_id END AS response_id,
    ticket_id,
    answered_at - INTERVAL 20 MINUTE AS answered_at,
    CASE WHEN score >= 4 THEN 2 ELSE 5 END AS score
FROM csat
-- The earlier answer is on the same day, and so in the same week, as the one that counts.
WHERE u('second thought', response_id) < 0.012 AND hour(answered_at) BETWEEN 4 AND 22;

CREATE TABLE nps AS
WITH invited AS (
    SELECT person.pid, person.record_id, quarter.n, quarter.starts_on, quarter.ends_on,
        u('nps share', person.pid || '.' || quarter.n) AS x
    FROM (
        SELECT n, (TIMESTAMP '2023-01-01' + to_months(3 * n))::DATE AS starts_on,
            (TIMESTAMP '2023-01-01' + to_months(3 * n + 3))::DATE AS ends_on
        FROM range(12) AS r (n)
    ) AS quarter
    INNER JOIN person ON person.joined_on < quarter.starts_on
    WHERE x < 0.105
)

SELECT
    'NPS-' || strftime(starts_on, '%Y') || 'Q' || quarter(starts_on) || '-' || pid AS response_id,
    record_id AS customer_id,
    avoid_clock_change(
        starts_on + to_minutes(420 + floor((ends_on - starts_on - 1) * 1440 * u('nps day', pid || '.' || n))::INTEGER)
    ) AS answered_at,
    CASE
        WHEN u('nps', pid || '.' || n) < 0.56 THEN pick([9, 9, 10], u('nps score', pid || '.' || n))
        WHEN u('nps', pid || '.' || n) < 0.84 THEN pick([7, 8, 8], u('nps score', pid || '.' || n))
        ELSE pick([0, 2, 3, 4, 5, 5, 6, 6], u('nps score', pid || '.' || n))
    END AS score
FROM invited;

CREATE TABLE ces AS
SELECT
    'CES-' || ticket.ticket_id AS response_id,
    ticket.ticket_id,
    person.record_id AS customer_id,
    ticket.agent_id,
    ticket.channel,
    avoid_clock_change(ticket.solved_at + to_minutes(90 + floor(900 * u('ces after', ticket.ticket_id))::INTEGER)) AS answered_at,
    pick([7, 7, 7, 6, 6, 6, 6, 5, 5, 4, 3, 2], u('ces score', ticket.ticket_id)) AS score
FROM ticket
LEFT JOIN person USING (pid)
WHERE
    ticket.exclusion IS NULL AND u('ces', ticket.ticket_id) < 0.085
    AND avoid_clock_change(ticket.solved_at + to_minutes(90 + floor(900 * u('ces after', ticket.ticket_id))::INTEGER)) < end_day();

-- The employee survey, every quarter, from 1 to 10.
CREATE TABLE pulse AS
SELECT
    'PULSE-' || strftime(asked_on, '%Y-%m') || '-' || agent.agent_id AS response_id,
    agent.agent_id,
    asked_on + INTERVAL 10 HOUR + to_minutes(floor(2000 * u('pulse', agent.agent_id || asked_on))::INTEGER)
        AS answered_at,
    pick([9, 9, 8, 8, 8, 7, 6, 10], u('pulse score', agent.agent_id || asked_on)) AS score
FROM (
    SELECT (TIMESTAMP '2023-01-01' + to_months(3 * n + 2) + INTERVAL 9 DAY)::DATE AS asked_on FROM range(12) AS r (n)
) AS quarter
INNER JOIN agent ON agent.hired <= asked_on AND (agent.left_on IS NULL OR asked_on + 3 <= agent.left_on);
