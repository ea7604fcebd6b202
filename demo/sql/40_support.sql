-- The support desk: tickets with their interactions, calls, the agents' time, quality reviews and training.

CREATE TABLE ticket_asked AS
WITH drawn AS (
    SELECT
        k,
        ((k + u('ticket', k)) / floor(6 * customers()) * tickets_in_all())::BIGINT AS position
    FROM range(floor(6 * customers())::BIGINT) AS r (k)
),

placed AS (
    SELECT drawn.k, calendar.d, calendar.is_working, calendar.working_days_before, customer_count.customers,
        u('via', drawn.k) AS via
    FROM drawn
    ASOF INNER JOIN calendar ON drawn.position >= calendar.tickets_before
    INNER JOIN customer_count ON calendar.d = customer_count.d
),

channelled AS (
    SELECT
        *,
        CASE
            -- Chat and telephone are closed on holidays, so customers use the web form.
            WHEN via < 0.46 THEN 'email'
            WHEN NOT is_working THEN 'web'
            WHEN via < 0.76 THEN 'chat'
            WHEN via < 0.86 THEN 'phone'
            ELSE 'web'
        END AS channel
    FROM placed
)

SELECT
    *,
    CASE
        WHEN channel IN ('chat', 'phone')
            THEN d + to_minutes(485 + floor(690 * u('ticket minute', k))::INTEGER)
        ELSE avoid_clock_change(
            d + to_hours(pick(
                [0, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 12, 12, 13, 13, 14, 14, 14, 15, 15, 15, 16, 16,
                    16, 17, 17, 17,
                    18, 18, 19, 19, 20, 21, 21, 22, 23],
                u('ticket hour', k)
            )) + to_minutes(floor(60 * u('ticket minute', k))::INTEGER)
        )
    END AS created_at,
    -- Some requesters are not customers.
    CASE WHEN u('stranger', k) >= 0.07 THEN floor(customers * u('requester', k))::BIGINT END AS pid,
    pick(['Delivery', 'Delivery', 'Delivery', 'Delivery', 'Order', 'Order', 'Order', 'Return', 'Return', 'Product',
        'Product', 'Invoice'],
        u('category', k)) AS category,
    pick(['Normal', 'Normal', 'Normal', 'Normal', 'Normal', 'Low', 'Low', 'High', 'High', 'Urgent'], u('priority', k))
        AS priority
FROM channelled;

CREATE TABLE ticket_timed AS
WITH queued AS (
    SELECT
        asked.*,
        coalesce(person.is_trade, false) AS is_trade,
        CASE
            WHEN coalesce(person.is_trade, false) THEN 'Pro desk'
            WHEN asked.channel IN ('chat', 'phone') THEN 'Live'
            ELSE 'E-mail desk'
        END AS team,
        asked.channel = 'chat' AND u('bot', k) < 0.24 AS is_bot_only,
        asked.d >= desk_short_since() AND team = 'E-mail desk' AS is_short,
        working_minute(asked.created_at, asked.is_working, asked.working_days_before) AS asked_minute,
        CASE
            WHEN u('outcome', k) < 0.012 THEN 'spam'
            WHEN u('outcome', k) < 0.018 THEN 'deleted'
            WHEN u('outcome', k) < 0.034 THEN 'merged'
            WHEN u('outcome', k) < 0.037 THEN 'test'
        END AS exclusion
    FROM ticket_asked AS asked
    LEFT JOIN person USING (pid)
),

delayed AS (
    SELECT
        *,
        CASE
            WHEN channel = 'chat' THEN 1 + floor(4 * u('reply', k))
            WHEN channel = 'phone' THEN floor(3 * u('reply', k))
            ELSE
                8 + floor(
                    waiting(u('reply', k))
                    * CASE priority WHEN 'Urgent' THEN 60 WHEN 'High' THEN 100 WHEN 'Normal' THEN 150 ELSE 210 END
                    * CASE WHEN team = 'Pro desk' THEN 0.7 ELSE 1.0 END
                ) + CASE
                    -- A team that is too small answers in order of arrival: all customers wait about equally long.
                    WHEN is_short THEN 270 + floor(300 * u('short', k))
                    ELSE 0
                END
        END::BIGINT AS reply_after,
        CASE
            WHEN u('one touch', k) < CASE WHEN channel IN ('chat', 'phone') THEN 0.74 ELSE 0.52 END THEN 0
            WHEN channel IN ('chat', 'phone') THEN 20 + floor(waiting(u('work', k)) * 420)
            ELSE 90 + floor(waiting(u('work', k)) * CASE category WHEN 'Return' THEN 1500 ELSE 900 END)
        END::BIGINT + CASE
            WHEN is_short AND u('stuck', k) < 0.52 THEN 5600 + floor(5000 * u('stuck for', k))
            ELSE 0
        END::BIGINT AS work_after,
        u('reopened', k) < 0.045 AS is_reopened
    FROM queued
),

counted AS (
    SELECT
        *,
        CASE WHEN channel IN ('chat', 'phone') THEN 0 ELSE asked_minute + reply_after END AS reply_minute,
        CASE
            WHEN is_bot_only THEN 4 + floor(5 * u('bot talk', k))
            WHEN work_after = 0 AND channel IN ('chat', 'phone') THEN 6 + floor(18 * u('talk', k))
            ELSE 0
        END::INTEGER AS talk
    FROM delayed
),

replied AS (
    SELECT
        counted.*,
        CASE
            WHEN is_bot_only THEN NULL
            WHEN channel IN ('chat', 'phone') THEN created_at + to_minutes(reply_after)
            ELSE day_of_reply.d + INTERVAL 8 HOUR + to_minutes(reply_minute % 720)
        END AS replied_at,
        CASE WHEN channel IN ('chat', 'phone') THEN asked_minute + reply_after ELSE reply_minute END
        + work_after + CASE WHEN is_reopened THEN 700 + floor(1400 * u('again', k)) ELSE 0 END::BIGINT AS solved_minute
    FROM counted
    LEFT JOIN working_day AS day_of_reply ON counted.reply_minute // 720 = day_of_reply.position
)

SELECT
    replied.*,
    CASE
        WHEN is_bot_only THEN created_at + to_minutes(talk)
        WHEN work_after = 0 AND NOT is_reopened THEN replied_at + to_minutes(talk)
        ELSE greatest(replied_at + to_minutes(talk),
            day_of_solution.d + INTERVAL 8 HOUR + to_minutes(solved_minute % 720))
    END AS solved_at
FROM replied
LEFT JOIN working_day AS day_of_solution ON replied.solved_minute // 720 = day_of_solution.position;

-- A ticket and the timestamps of its states before the end. Excluded tickets get no answer.
CREATE TABLE ticket AS
WITH happened AS (
    SELECT
        timed.k,
        30001 + row_number() OVER (ORDER BY timed.created_at, timed.k) - 1 AS ticket_id,
        timed.pid,
        timed.created_at,
        timed.channel,
        timed.category,
        timed.priority,
        timed.team,
        timed.exclusion,
        timed.is_bot_only AND timed.exclusion IS NULL AS is_bot_only,
        timed.is_reopened AND NOT timed.is_bot_only AND timed.exclusion IS NULL AS is_reopened,
        timed.work_after > 0 AND NOT timed.is_bot_only AS is_worked,
        CASE WHEN timed.exclusion IS NULL AND timed.replied_at < end_day() THEN timed.replied_at END AS replied_at,
        CASE WHEN timed.exclusion IS NULL AND timed.solved_at < end_day() THEN timed.solved_at END AS solved_at,
        CASE WHEN timed.exclusion IS NOT NULL THEN timed.created_at
            + to_minutes(20 + floor(400 * u('excluded', timed.k))::INTEGER) END
            AS excluded_at,
        coalesce(person.email, address_of(full_name('stranger', timed.k), 'v' || timed.k,
            u('stranger domain', timed.k))) AS email,
        coalesce(person.name, full_name('stranger', timed.k)) AS requester,
        timed.reply_after,
        timed.solved_minute - timed.asked_minute AS solve_after
    FROM ticket_timed AS timed
    LEFT JOIN person USING (pid)
    WHERE timed.created_at < end_day()
)

SELECT
    happened.* EXCLUDE (k),
    retyped(happened.email, u('ticket address', happened.k)) AS requester_email,
    CASE WHEN happened.solved_at + INTERVAL 4 DAY < end_day() THEN happened.solved_at + INTERVAL 4 DAY END AS closed_at,
    CASE WHEN NOT happened.is_bot_only THEN pick(roster.agents, u('agent', happened.k)) END AS agent_id,
    CASE WHEN happened.is_reopened AND happened.solved_at IS NOT NULL THEN 1 ELSE 0 END AS reopens,
    CASE WHEN happened.is_worked AND u('passed on', happened.k) < 0.16 THEN 1 ELSE 0 END AS passed_on,
    CASE
        WHEN happened.replied_at IS NULL THEN 0
        WHEN happened.solved_at IS NULL THEN 1
        ELSE 1 + CASE WHEN happened.is_worked THEN pick([1, 1, 2], u('replies', happened.k)) ELSE 0 END + reopens
    END AS replies,
    -- A merged ticket continues in another ticket of the same days.
    CASE WHEN happened.exclusion = 'merged'
        THEN greatest(30001, happened.ticket_id - 1 - floor(9 * u('merged into', happened.k))::BIGINT) END
        AS merged_into
FROM happened
LEFT JOIN roster ON roster.d = coalesce(happened.replied_at, happened.created_at)::DATE AND roster.team = happened.team;

-- The state of a ticket in the help desk at a time.
CREATE MACRO ticket_state(exclusion, excluded_at, replied_at, solved_at, closed_at, as_of) AS CASE
    WHEN excluded_at <= as_of THEN CASE exclusion WHEN 'merged' THEN 'Closed' WHEN 'test' THEN 'Closed'
        ELSE 'Deleted' END
    WHEN closed_at <= as_of THEN 'Closed'
    WHEN solved_at <= as_of THEN 'Solved'
    WHEN replied_at <= as_of THEN 'Pending'
    ELSE 'Open'
END;

CREATE MACRO ticket_changed(created_at, excluded_at, replied_at, solved_at, closed_at, as_of) AS greatest(
    created_at,
    CASE WHEN excluded_at <= as_of THEN excluded_at ELSE created_at END,
    CASE WHEN replied_at <= as_of THEN replied_at ELSE created_at END,
    CASE WHEN solved_at <= as_of THEN solved_at ELSE created_at END,
    CASE WHEN closed_at <= as_of THEN closed_at ELSE created_at END
);

-- The interactions of a ticket. The first reply of an agent is in the minute that the ticket's own field has.
CREATE TABLE interaction AS
WITH said AS (
    SELECT ticket_id, channel, 'customer' AS author, NULL AS agent_id, true AS is_public, 0 AS seconds, 0 AS turn,
        created_at AS occurred_at
    FROM ticket
    UNION ALL
    -- The confirmation of an e-mail or form, or the greeting of the chat bot: public, but not by an agent.
    SELECT ticket_id, channel, 'bot', NULL, true, 0, 1, created_at + INTERVAL 20 SECOND
    FROM ticket
    WHERE channel <> 'phone' AND exclusion IS NULL AND u('receipt', ticket_id) < 0.7
    UNION ALL
    SELECT ticket_id, channel, 'bot', NULL, true, 0, 2, solved_at
    FROM ticket
    WHERE is_bot_only AND solved_at IS NOT NULL
    UNION ALL
    SELECT ticket_id, channel, 'agent', agent_id, false, 60 + floor(240 * u('note time', ticket_id))::INTEGER, 3,
        created_at + INTERVAL 50 SECOND
    FROM ticket
    WHERE replied_at >= created_at + INTERVAL 1 MINUTE AND u('note', ticket_id) < 0.06
    UNION ALL
    SELECT ticket_id, channel, 'agent', agent_id, true, 150 + floor(500 * u('reply time', ticket_id))::INTEGER, 4,
        replied_at
    FROM ticket
    WHERE replied_at IS NOT NULL
    UNION ALL
    SELECT
        ticket_id, channel, 'agent', agent_id, true,
            120 + floor(400 * u('reply time', ticket_id || '.' || turn))::INTEGER, 4 + 2 * turn,
        -- The last reply solves the ticket; the others come before it.
        replied_at + to_seconds(floor(epoch(solved_at - replied_at) * turn / (replies - 1))::BIGINT)
    FROM ticket, range(1, replies) AS r (turn)
    WHERE solved_at IS NOT NULL AND replies > 1
    UNION ALL
    SELECT
        ticket_id, channel, 'customer', NULL, true, 0, 3 + 2 * turn,
        replied_at + to_seconds(floor(epoch(solved_at - replied_at) * (turn - 0.5) / (replies - 1))::BIGINT)
    FROM ticket, range(1, replies) AS r (turn)
    WHERE solved_at IS NOT NULL AND replies > 1 AND u('answered back', ticket_id || '.' || turn) < 0.8
)

SELECT 700001 + row_number() OVER (ORDER BY occurred_at, ticket_id, turn) - 1 AS interaction_id,
    * EXCLUDE (turn, occurred_at), avoid_clock_change(occurred_at) AS occurred_at
FROM said;

CREATE TABLE call AS
WITH drawn AS (
    SELECT k, ((k + u('call', k)) / floor(4 * customers()) * calls_in_all())::BIGINT AS position
    FROM range(floor(4 * customers())::BIGINT) AS r (k)
),

dialled AS (
    SELECT
        drawn.k,
        calendar.d,
        calendar.d + to_seconds(28920 + floor(41400 * u('call second', drawn.k))::BIGINT) AS started_at,
        CASE WHEN u('queue', drawn.k) < 0.46 THEN 'orders' WHEN u('queue', drawn.k) < 0.88 THEN 'support'
            ELSE 'pro' END AS queue,
        CASE WHEN u('direction', drawn.k) < 0.88 THEN 'inbound' ELSE 'outbound' END AS direction,
        CASE WHEN u('known caller', drawn.k) < 0.6 THEN floor(customer_count.customers * u('caller', drawn.k))::BIGINT END AS pid
    FROM drawn
    ASOF INNER JOIN calendar ON drawn.position >= calendar.calls_before
    INNER JOIN customer_count ON calendar.d = customer_count.d
),

ranked AS (
    SELECT
        *,
        date_trunc('week', d)::DATE AS week,
        row_number() OVER (PARTITION BY queue, direction, date_trunc('week', d) ORDER BY u('impatience', k), k) AS turn,
        count(*) OVER (PARTITION BY queue, direction, date_trunc('week', d)) AS calls
    FROM dialled
),

answered AS (
    SELECT
        *,
        CASE
            WHEN direction = 'outbound' THEN 0
            WHEN queue = 'orders' AND week >= orders_line_since() THEN 0.24
            WHEN queue = 'support' AND week >= summer_since() AND week < summer_until() THEN 0.23
            -- The share of callers who hang up varies from week to week, within limits.
            ELSE 0.035 + 0.03 * u('hanging up', queue || week)
        END AS abandonment,
        turn <= floor(calls * abandonment + u('abandoned', queue || week)) AS is_abandoned,
        u('missed', k) < 0.03 AS is_missed,
        12 + floor(60 * u('ringing', k))::INTEGER AS ringing,
        90 + floor(waiting(u('talking', k)) * 190)::INTEGER AS talking
    FROM ranked
)

SELECT
    900001 + row_number() OVER (ORDER BY started_at, k) - 1 AS call_id,
    answered.d,
    week,
    started_at,
    queue,
    direction,
    is_abandoned,
    CASE WHEN is_abandoned OR is_missed THEN NULL ELSE started_at + to_seconds(ringing) END AS answered_at,
    CASE WHEN is_abandoned OR is_missed THEN started_at + to_seconds(ringing) ELSE started_at
        + to_seconds(ringing + talking) END AS ended_at,
    CASE WHEN NOT (is_abandoned OR is_missed) THEN pick(roster.agents, u('call agent', k)) END AS agent_id,
    CASE WHEN is_abandoned THEN 'abandoned_in_classic' WHEN is_missed THEN 'no_available_agent' END
        AS missed_call_reason,
    person.record_id AS customer_id
FROM answered
LEFT JOIN roster ON roster.d = answered.d AND roster.team = CASE answered.queue WHEN 'pro' THEN 'Pro desk'
    ELSE 'Live' END
LEFT JOIN person USING (pid);

CREATE TABLE agent_time AS
SELECT
    agent.agent_id,
    calendar.d,
    25200 - 600 * floor(4 * u('available', agent.agent_id || calendar.d))::INTEGER AS available_seconds,
    floor(available_seconds * (0.66 + 0.14 * u('handling', agent.agent_id || calendar.d)))::INTEGER AS handling_seconds
FROM calendar
INNER JOIN agent ON agent.hired <= calendar.d AND (agent.left_on IS NULL OR calendar.d <= agent.left_on)
-- Agents work five days of the six and have five weeks off.
WHERE calendar.is_past AND calendar.is_working AND u('at work', agent.agent_id || calendar.d) < 0.76;

CREATE TABLE quality_review AS
SELECT
    'Q' || ticket_id AS review_id,
    ticket_id,
    agent_id,
    solved_at + to_hours(24 * (1 + floor(6 * u('review day', ticket_id))::INTEGER)) AS reviewed_at,
    CASE WHEN u('errors', ticket_id) < 0.80 THEN 0 WHEN u('errors', ticket_id) < 0.95 THEN 1 ELSE 2 END AS errors
FROM ticket
WHERE agent_id IS NOT NULL AND u('reviewed', ticket_id) < 0.08
    AND solved_at + to_hours(24 * (1 + floor(6 * u('review day', ticket_id))::INTEGER)) < end_day();

CREATE TABLE training AS
SELECT
    'T' || agent.agent_id || '-' || r.n AS training_id,
    agent.agent_id,
    greatest(agent.hired, first_day()) + 45 + (r.n * 240)::INTEGER
        + floor(60 * u('training', agent.agent_id || r.n))::INTEGER AS completed_on
FROM agent, range(4) AS r (n)
WHERE completed_on < end_day() - 30 AND (agent.left_on IS NULL OR completed_on < agent.left_on);
