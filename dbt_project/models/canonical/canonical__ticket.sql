-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('ticket', key=['ticket_id'], created_at='created_at') }}") }}
{{ latest_version(
    'ticket',
    columns=[
        'ticket_id',
        'created_at',
        'customer_id',
        'email',
        'channel',
        'priority',
        'category',
        'team',
        'agent_id',
        'first_response_at',
        'resolved_at',
        'closed_at',
        'status',
        'reopen_count',
        'reassignment_count',
        'agent_reply_count',
        'interaction_count',
        'is_automated',
        'sla_met',
        'updated_at',
        'merged_into'
    ],
    key=['ticket_id'],
    required=['ticket_id', 'created_at'],
    lowest={'reopen_count': 0, 'reassignment_count': 0, 'agent_reply_count': 0, 'interaction_count': 0},
    created_at='created_at'
) }}
