-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'quality_review',
    columns=['review_id', 'reviewed_at', 'interaction_id', 'ticket_id', 'agent_id', 'errors'],
    key=['review_id'],
    required=['review_id', 'reviewed_at', 'errors'],
    created_at='reviewed_at'
) }}
