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
    -- Nothing is counted below zero or beyond a trillion: such a number is a mark or a mistake, and what it stands for is
    -- unknown. It would make a rate negative, or a sum more than a number can hold.
    where sent between 0 and 1000000000000 and sent_on <= {{ as_of_day() }} and coalesce(sent_at <= {{ as_of() }}, true)

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
    case when totals.delivered between 0 and 1000000000000 then totals.delivered end as delivered,
    case when totals.bounced between 0 and 1000000000000 then totals.bounced end as bounced,
    case when totals.opened between 0 and 1000000000000 then totals.opened end as opened,
    case when totals.clicked between 0 and 1000000000000 then totals.clicked end as clicked,
    case when totals.unsubscribed between 0 and 1000000000000 then totals.unsubscribed end as unsubscribed,
    case when totals.complained between 0 and 1000000000000 then totals.complained end as complained,
    -- A campaign that was never sent counts nothing.
    totals.campaign_sent > 0 and campaigns_with_emails.campaign_id is null as is_counted
from totals
left join campaigns_with_emails
    on totals.source = campaigns_with_emails.source and totals.campaign_id = campaigns_with_emails.campaign_id
{{ join_campaign_id('totals') }}
