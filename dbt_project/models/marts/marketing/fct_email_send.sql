with

recorded as (

    select * from {{ ref('canonical__email_send') }}

),

events as (

    select * from {{ ref('int_email_event_sends') }}

),

-- A system that exports both sends and events reports one e-mail twice: the events complete the send.
sends as (

    select
        coalesce(recorded.source, events.source) as source,
        coalesce(recorded.send_id, events.campaign_id || ':' || md5(events.address)) as send_id,
        coalesce(recorded.campaign_id, events.campaign_id) as campaign_id,
        coalesce(recorded.email, events.email) as email,
        coalesce(recorded.customer_id, events.customer_id) as customer_id,
        coalesce(recorded.sent_at, events.sent_at) as sent_at,
        {{ known('coalesce(recorded.delivered_at, events.delivered_at)') }} as delivered_at,
        {{ known('coalesce(recorded.bounced_at, events.bounced_at)') }} as bounced_at,
        {{ known('coalesce(recorded.first_opened_at, events.first_opened_at)') }} as first_opened_at,
        events.first_human_opened_at,
        {{ known('coalesce(recorded.first_clicked_at, events.first_clicked_at)') }} as first_clicked_at,
        {{ known('coalesce(recorded.unsubscribed_at, events.unsubscribed_at)') }} as unsubscribed_at,
        {{ known('coalesce(recorded.complained_at, events.complained_at)') }} as complained_at,
        events.converted_at,
        coalesce(events.is_machine_provided, false) as is_machine_provided,
        events.source is not null as has_events
    from recorded
    full outer join events on recorded.source = events.source and recorded.send_id = events.send_id

),

-- What a source never reports is unknown: it may have happened. Events report everything that happens.
sources as (

    select
        source,
        bool_or(delivered_at is not null) as reports_deliveries,
        bool_or(has_events or bounced_at is not null) or {{ is_mapped('email_send', 'bounced_at', 'source') }}
            as reports_bounces,
        bool_or(has_events or first_opened_at is not null) as reports_opens,
        bool_or(has_events or first_clicked_at is not null) as reports_clicks,
        bool_or(has_events or unsubscribed_at is not null) or {{ is_mapped('email_send', 'unsubscribed_at', 'source') }}
            as reports_unsubscriptions,
        bool_or(has_events or complained_at is not null) or {{ is_mapped('email_send', 'complained_at', 'source') }}
            as reports_complaints
    from sends
    group by source

),

sends_with_sources as (

    select
        sends.*,
        sources.reports_deliveries,
        sources.reports_bounces,
        sources.reports_opens,
        sources.reports_clicks,
        sources.reports_unsubscriptions,
        sources.reports_complaints
    from sends
    inner join sources on sends.source = sources.source

)

select
    sends.source || ':' || sends.send_id as send_key,
    sends.source,
    sends.send_id,
    sends.campaign_id,
    {{ joined_customer_id(email='email') }} as customer_id,
    customers.country,
    customers.customer_segment,
    sends.sent_at,
    cast(sends.sent_at as date) as sent_on,
    sends.delivered_at,
    sends.bounced_at,
    sends.first_opened_at,
    sends.first_clicked_at,
    sends.unsubscribed_at,
    sends.complained_at,
    sends.converted_at,
    -- What was opened was delivered. Where a system does not report deliveries, what did not bounce was delivered.
    case
        when sends.reports_deliveries
            then coalesce(sends.delivered_at, sends.first_opened_at, sends.first_clicked_at) is not null
        when sends.reports_bounces then sends.bounced_at is null
    end as is_delivered,
    case when sends.reports_bounces then sends.bounced_at is not null end as is_bounced,
    case when sends.reports_opens then sends.first_opened_at is not null end as is_opened,
    -- NULL where the system does not distinguish machines from people.
    case when sends.is_machine_provided then sends.first_human_opened_at is not null end as is_opened_by_human,
    case when sends.reports_clicks then sends.first_clicked_at is not null end as is_clicked,
    case when sends.reports_unsubscriptions then sends.unsubscribed_at is not null end as is_unsubscribed,
    case when sends.reports_complaints then sends.complained_at is not null end as is_complained
from sends_with_sources as sends
{{ join_customer('sends', email='email') }}
left join {{ ref('int_customers') }} as customers
    on customers.customer_id = {{ joined_customer_id(email='email') }}
