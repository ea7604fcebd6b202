{{ ids_by_source(
    [
        ('agent', 'agent_id'),
        ('agent_time', 'agent_id'),
        ('call', 'agent_id'),
        ('customer', 'owner_id'),
        ('deal', 'owner_id'),
        ('interaction', 'agent_id'),
        ('lead', 'owner_id'),
        ('quality_review', 'agent_id'),
        ('survey_response', 'agent_id'),
        ('ticket', 'agent_id'),
        ('training', 'agent_id')
    ],
    name='agent_id'
) }}
