-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('quality_review', key=['review_id'], created_at='reviewed_at') }}") }}
{{ latest_version(
    'quality_review',
    columns=['review_id', 'reviewed_at', 'interaction_id', 'ticket_id', 'agent_id', 'errors'],
    key=['review_id'],
    required=['review_id', 'reviewed_at', 'errors'],
    lowest={'errors': 0},
    created_at='reviewed_at'
) }}
