{{ ids_by_source(
    [
        ('ad_stat', 'campaign_id'),
        ('campaign', 'campaign_id'),
        ('campaign_stat', 'campaign_id'),
        ('deal', 'campaign_id'),
        ('email_event', 'campaign_id'),
        ('email_send', 'campaign_id'),
        ('exposure', 'campaign_id'),
        ('lead', 'campaign_id'),
        ('order', 'campaign_id'),
        ('spend', 'campaign_id'),
        ('touchpoint', 'campaign_id')
    ],
    name='campaign_id'
) }}
