{#
    E-mails of a day by campaign, country and segment, as the e-mail KPIs count them: from single e-mails, or from the
    totals of campaigns without any. Where a platform does not report something, the e-mails are not among those of which
    it is known.
#}
with

totals as (

    select
        *,
        sum(sent) over campaign as campaign_sent,
        sum(delivered) over campaign as campaign_delivered,
        sum(bounced) over campaign as campaign_bounced,
        sum(opened) over campaign as campaign_opened,
        sum(clicked) over campaign as campaign_clicked,
        sum(unsubscribed) over campaign as campaign_unsubscribed,
        sum(complained) over campaign as campaign_complained
    from {{ ref('fct_campaign_stat') }}
    where is_counted
    window campaign as (partition by source, campaign_id)

),

-- A campaign cannot have more recipients who opened it than it was sent to: such a number counts something else, such as
-- every opening, and the number of recipients is unknown. A single day can: openings come later than sending.
recipients as (

    select
        source,
        campaign_id,
        sent_on,
        sent,
        case when campaign_delivered <= campaign_sent then delivered end as reported_delivered,
        case when campaign_bounced <= campaign_sent then bounced end as bounced,
        case when campaign_opened <= campaign_sent then opened end as opened,
        case when campaign_clicked <= campaign_sent then clicked end as clicked,
        case when campaign_unsubscribed <= campaign_sent then unsubscribed end as unsubscribed,
        case when campaign_complained <= campaign_sent then complained end as complained
    from totals

),

from_totals as (

    select
        *,
        -- Where a platform does not report deliveries, what did not bounce was delivered.
        coalesce(reported_delivered, sent - bounced) as delivered
    from recipients

),

counts as (

    select
        sends.source,
        sends.campaign_id,
        sends.country,
        sends.customer_segment,
        sends.sent_on,
        'emails' as counted_from,
        count(*) filter (where is_sending_reported) as sent,
        -- An export of opens and clicks alone does not say how many were sent: it is no part of what is divided by them.
        {%- for known, counted, flag in [
            ('with_known_delivery', 'delivered', 'is_delivered'),
            ('with_known_bounce', 'bounced', 'is_bounced'),
            ('with_known_opening', 'opened', 'is_opened'),
            ('with_known_opener', 'opened_by_human', 'is_opened_by_human'),
            ('with_known_click', 'clicked', 'is_clicked'),
            ('with_known_unsubscription', 'unsubscribed', 'is_unsubscribed'),
            ('with_known_complaint', 'complained', 'is_complained')
        ] %}
        count(*) filter (where is_sending_reported and {{ flag }} is not null) as {{ known }},
        count(*) filter (where is_sending_reported and {{ flag }}) as {{ counted }},
        {%- endfor %}
        count(*) filter (where is_sending_reported and is_delivered and is_opened is not null)
            as delivered_with_known_opening,
        count(*) filter (where is_sending_reported and is_delivered and is_opened) as delivered_and_opened,
        count(*) filter (where is_sending_reported and is_delivered and is_clicked is not null)
            as delivered_with_known_click,
        count(*) filter (where is_sending_reported and is_delivered and is_clicked) as delivered_and_clicked,
        count(*) filter (where is_opened and is_clicked is not null) as opened_with_known_click,
        count(*) filter (where is_clicked and is_opened is not null) as clicked_with_known_opening
    from {{ ref('fct_email_send') }} as sends
    -- The totals of a campaign include what a list of unsubscribed contacts says of it.
    where not exists (
        select 1
        from totals
        where totals.source = sends.source and totals.campaign_id = sends.campaign_id
    )
    group by sends.source, sends.campaign_id, sends.country, sends.customer_segment, sends.sent_on

    union all

    select
        source,
        campaign_id,
        cast(null as string) as country,
        cast(null as string) as customer_segment,
        sent_on,
        'totals' as counted_from,
        sum(sent) as sent,
        sum(case when delivered is not null then sent else 0 end) as with_known_delivery,
        coalesce(sum(delivered), 0) as delivered,
        sum(case when bounced is not null then sent else 0 end) as with_known_bounce,
        coalesce(sum(bounced), 0) as bounced,
        sum(case when opened is not null then sent else 0 end) as with_known_opening,
        coalesce(sum(opened), 0) as opened,
        0 as with_known_opener,
        0 as opened_by_human,
        sum(case when clicked is not null then sent else 0 end) as with_known_click,
        coalesce(sum(clicked), 0) as clicked,
        sum(case when unsubscribed is not null then sent else 0 end) as with_known_unsubscription,
        coalesce(sum(unsubscribed), 0) as unsubscribed,
        sum(case when complained is not null then sent else 0 end) as with_known_complaint,
        coalesce(sum(complained), 0) as complained,
        sum(case when opened is not null then coalesce(delivered, 0) else 0 end) as delivered_with_known_opening,
        sum(case when delivered is not null then coalesce(opened, 0) else 0 end) as delivered_and_opened,
        sum(case when clicked is not null then coalesce(delivered, 0) else 0 end) as delivered_with_known_click,
        sum(case when delivered is not null then coalesce(clicked, 0) else 0 end) as delivered_and_clicked,
        sum(case when clicked is not null then coalesce(opened, 0) else 0 end) as opened_with_known_click,
        sum(case when opened is not null then coalesce(clicked, 0) else 0 end) as clicked_with_known_opening
    from from_totals
    group by source, campaign_id, sent_on

)

select
    source,
    campaign_id,
    country,
    customer_segment,
    sent_on,
    counted_from,
    {%- for column in [
        'sent', 'with_known_delivery', 'delivered', 'with_known_bounce', 'bounced', 'with_known_opening', 'opened',
        'delivered_with_known_opening', 'delivered_and_opened', 'delivered_with_known_click', 'delivered_and_clicked',
        'with_known_opener', 'opened_by_human',
        'with_known_click', 'clicked', 'opened_with_known_click', 'clicked_with_known_opening', 'with_known_unsubscription', 'unsubscribed',
        'with_known_complaint', 'complained'
    ] %}
    cast({{ column }} as bigint) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from counts
