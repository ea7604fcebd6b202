with

recorded as (

    select
        *,
        coalesce(date, cast(sent_at as date)) as sent_on
    from {{ ref('canonical__campaign_stat') }}

),

totals as (

    select
        recorded.*,
        sum(sent) over (partition by source, campaign_id) as campaign_sent
    from recorded
    where sent_on <= {{ as_of_day() }} and coalesce(sent_at <= {{ as_of() }}, true)

),

-- Opens, clicks, unsubscriptions and the like come in lists of their own: they do not say what was sent.
campaigns_with_emails as (

    select
        source,
        campaign_id
    from {{ ref('canonical__email_send') }}
    union
    select
        source,
        campaign_id
    from {{ ref('canonical__email_event') }}
    where event in ('sent', 'delivered', 'bounce')

)

select
    totals.source,
    {{ known_campaign_id('totals') }} as campaign_id,
    totals.sent_on,
    totals.sent_at,
    totals.sent,
    totals.delivered,
    totals.bounced,
    totals.opened,
    totals.clicked,
    totals.unsubscribed,
    totals.complained,
    -- A campaign that was never sent counts nothing.
    totals.campaign_sent > 0 and campaigns_with_emails.campaign_id is null as is_counted
from totals
left join campaigns_with_emails
    on totals.source = campaigns_with_emails.source and totals.campaign_id = campaigns_with_emails.campaign_id
{{ join_campaign_id('totals') }}
