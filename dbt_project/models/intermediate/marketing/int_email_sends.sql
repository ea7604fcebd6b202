{# The e-mails of all sources. A system that exports both sends and events reports one e-mail twice: the events complete it. #}
with

recorded as (

    select * from {{ ref('canonical__email_send') }}

),

events as (

    select * from {{ ref('int_email_event_sends') }}
    where is_matched

)

select
    coalesce(recorded.source, events.source) as source,
    coalesce(
        recorded.send_id,
        events.campaign_id || ':' || md5(events.address)
        || case when events.send_number > 1 then ':' || events.send_number else '' end
    ) as send_id,
    coalesce(campaign_ids.campaign_id, recorded.campaign_id, events.campaign_id) as campaign_id,
    coalesce(recorded.email, events.email) as email,
    coalesce(recorded.customer_id, events.customer_id) as customer_id,
    coalesce(recorded.sent_at, events.sent_at) as sent_at,
    recorded.source is not null or events.is_sending_reported as is_sending_reported,
    {{ known('coalesce(recorded.delivered_at, events.delivered_at)') }} as delivered_at,
    {{ known('coalesce(recorded.bounced_at, events.bounced_at)') }} as bounced_at,
    {{ known('coalesce(recorded.first_opened_at, events.first_opened_at)') }} as first_opened_at,
    events.first_human_opened_at,
    {{ known('coalesce(recorded.first_clicked_at, events.first_clicked_at)') }} as first_clicked_at,
    {{ known('coalesce(recorded.unsubscribed_at, events.unsubscribed_at)') }} as unsubscribed_at,
    {{ known('coalesce(recorded.complained_at, events.complained_at)') }} as complained_at,
    events.converted_at
from recorded
full outer join events on recorded.source = events.source and recorded.send_id = events.send_id
left join {{ ref('int_campaign_ids') }} as campaign_ids
    on
        coalesce(recorded.source, events.source) = campaign_ids.source
        and coalesce(recorded.campaign_id, events.campaign_id) = campaign_ids.source_campaign_id
