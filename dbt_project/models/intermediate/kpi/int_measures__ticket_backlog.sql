-- depends_on: {{ ref('int_ticket_backlog_periods') }}

{{ roll_up('ticket_backlog') }}
