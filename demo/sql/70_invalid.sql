-- Invalid rows as in every real export: unreadable dates, numbers and choices, missing ids. Each of them must be
-- quarantined. None has the key of a valid row.

CREATE TABLE invalid_customer AS
FROM (VALUES
    ('', '2024-03-02 10:11', 'lost.id@example.com'), ('', '2024-08-19 16:02', 'lost.id.too@example.com'),
    ('10900001', '2024-13-05 10:00', 'month.thirteen@example.com'),
        ('10900002', 'last spring', 'last.spring@example.com'),
    ('10900003', '2025-06-31 08:30', 'june.31st@example.com')
) AS t (record_id, created, email);

CREATE TABLE invalid_lead AS
FROM (VALUES ('59000001', ''), ('59000002', 'n/a'), ('', '2025-02-11 09:15')) AS t (record_id, created);

CREATE TABLE invalid_deal AS
FROM (VALUES
    ('29000001', '', '4200.00', 'New business'), ('29000002', '2025-05-06 11:20', '12,5,0x', 'Renewal'),
    ('29000003', '2025-07-15 15:45', '3100.00', 'Mystery')
) AS t (record_id, created, amount, deal_type);

CREATE TABLE invalid_order AS
FROM (VALUES
    ('', '10000010', '12/03/2024 10:05', '89,00'), ('', '10000020', '02/09/2024 21:40', '1 234,50'),
    ('AL-900001', '10000030', '31/02/2024 09:00', '64,50'), ('AL-900002', '10000040', '2024-05-17', '119,00'),
    ('AL-900003', '10000050', '08/06/2024 18:22', 'abc'), ('AL-900004', '10000060', '19/07/2024 12:00', '12,34,56'),
    ('AL-900005', '', '23/10/2024 20:15', '149,00'), ('AL-900006', '?', '05/11/2024 07:50', '39,90'),
    ('AL-900007', '10000070', '?', '99,00')
) AS t (order_id, customer_id, ordered_at, amount);

CREATE TABLE invalid_order_line AS
FROM (VALUES
    ('AL-100002', '', '1', '8,90'), ('', '1', '2', '17,80'), ('AL-100003', '91', 'two', '25,00'),
        ('AL-100003', '92', '1', '?!')
) AS t (order_id, line_number, quantity, amount);

CREATE TABLE invalid_ticket AS
FROM (VALUES
    ('', '2024-02-06 10:14', '0'), ('', '2024-04-24 15:31', '0'), ('990001', 'n/a', '0'), ('990002', '', '0'),
    ('990003', '2024-02-30 10:00', '0'), ('990004', '2024-11-05 09:12', 'many')
) AS t (ticket_id, created, reopens);

CREATE TABLE invalid_interaction AS
FROM (VALUES
    (NULL, '2025-03-04T09:12:44Z', 'agent'), (990000001, NULL, 'end-user'), (990000002, '2025-04-08T14:01:03Z', 'ghost')
) AS t (interaction_id, created_at, role);

CREATE TABLE invalid_call AS
FROM (VALUES
    (990001, NULL::BIGINT, 'inbound'), (990002, NULL, 'outbound'), (990003, 1741000000, 'sideways'),
        (NULL::INTEGER, 1742000000, 'inbound')
) AS t (call_id, started_at, direction);

CREATE TABLE invalid_email_event AS
FROM (VALUES
    ('a1b2c3d4e5', 'first.ghost@example.com', 'teleport', '2024-05-14T07:31:00+00:00'),
    ('a1b2c3d4e5', 'second.ghost@example.com', 'teleport', '2024-05-14T07:32:00+00:00'),
    ('a1b2c3d4e5', 'third.ghost@example.com', 'open', 'yesterday'),
        ('a1b2c3d4e5', 'fourth.ghost@example.com', 'click', ''),
    ('', 'fifth.ghost@example.com', 'open', '2024-05-14T07:33:00+00:00'),
        ('a1b2c3d4e5', '', 'open', '2024-05-14T07:34:00+00:00')
) AS t (campaign_id, email, action, occurred_at);

CREATE TABLE invalid_csat AS
FROM (VALUES
    ('8900001', '14/03/2025 11:20', '?'), ('8900002', '02/04/2025 09:41', 'n/a'), ('8900003', '32/05/2025 10:00', '4'),
    ('8900004', 'mardi', '5'), ('', '17/06/2025 18:05', '5')
) AS t (response_id, answered_at, score);

CREATE TABLE invalid_nps AS
FROM (VALUES
    ('NPS-X1', '2025-02-12 10:00', 'n/a'), ('NPS-X2', '2025-05-20 11:30', '?'), ('NPS-X3', '2025-08-02 20:10', 'ten'),
    ('NPS-X4', 'n/a', '9')
) AS t (response_id, answered_at, score);

CREATE TABLE invalid_web_stat AS
FROM (VALUES ('(not set)', 'Direct'), ('20250230', 'Referral')) AS t (d, channel);

CREATE TABLE invalid_spend AS
FROM (VALUES ('2024-06-01', 'furniture', '310.00')) AS t (d, category, amount);

CREATE TABLE invalid_agent_time AS
FROM (VALUES ('A03', '14/02/2025', '?')) AS t (agent_id, d, available);

CREATE TABLE invalid_exposure AS
FROM (VALUES ('winback-2025', '10000080', '')) AS t (campaign_id, customer_id, arm);
