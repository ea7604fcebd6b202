with

recorded as (

    select * from {{ ref('canonical__email_send') }}

),

events as (

    select * from {{ ref('int_email_event_sends') }}

),

-- A system that exports both sends and events tells of one e-mail twice: the events complete the send.
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

-- What a source never tells is not known not to have happened. Events tell of all that happens.
sources as (

    select
        source,
        bool_or(delivered_at is not null) as tells_deliveries,
        bool_or(has_events or bounced_at is not null) or {{ is_mapped('email_send', 'bounced_at', 'source') }}
            as tells_bounces,
        bool_or(has_events or first_opened_at is not null) as tells_opens,
        bool_or(has_events or first_clicked_at is not null) as tells_clicks,
        bool_or(has_events or unsubscribed_at is not null) or {{ is_mapped('email_send', 'unsubscribed_at', 'source') }}
            as tells_unsubscriptions,
        bool_or(has_events or complained_at is not null) or {{ is_mapped('email_send', 'complained_at', 'source') }}
            as tells_complaints
    from sends
    group by source

),

told as (

    select
        sends.*,
        sources.* exclude (source)
    from sends
    inner join sources on sends.source = sources.source

)

select
    told.source || ':' || told.send_id as send_key,
    told.source,
    told.send_id,
    told.campaign_id,
    {{ joined_customer_id(email='email') }} as customer_id,
    customers.country,
    customers.customer_segment,
    told.sent_at,
    cast(told.sent_at as date) as sent_on,
    told.delivered_at,
    told.bounced_at,
    told.first_opened_at,
    told.first_clicked_at,
    told.unsubscribed_at,
    told.complained_at,
    told.converted_at,
    -- What was opened was delivered. Where a system does not say what was delivered, what did not bounce was.
    case
        when told.tells_deliveries
            then coalesce(told.delivered_at, told.first_opened_at, told.first_clicked_at) is not null
        when told.tells_bounces then told.bounced_at is null
    end as is_delivered,
    case when told.tells_bounces then told.bounced_at is not null end as is_bounced,
    case when told.tells_opens then told.first_opened_at is not null end as is_opened,
    -- NULL where the system does not tell machines from people.
    case when told.is_machine_provided then told.first_human_opened_at is not null end as is_opened_by_human,
    case when told.tells_clicks then told.first_clicked_at is not null end as is_clicked,
    case when told.tells_unsubscriptions then told.unsubscribed_at is not null end as is_unsubscribed,
    case when told.tells_complaints then told.complained_at is not null end as is_complained
from told
{{ join_customer('told', email='email') }}
left join {{ ref('int_customers') }} as customers
    on customers.customer_id = {{ joined_customer_id(email='email') }}
