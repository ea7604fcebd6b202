{#
    E-mail events combined into one row per e-mail. An event belongs to the last send of its campaign to its recipient
    before it, or to the first send if clocks differ; where no sends are recorded, a campaign and recipient are one
    e-mail. The recipient is the person: one system may identify a person by address, another by id. Every event has a
    recipient, also where what it gives as address cannot be one: keys of e-mails depend on it.
#}
with

recorded_events as (

    select * from {{ ref('canonical__email_event') }}

),

events as (

    select
        recorded_events.*,
        coalesce(
            {{ normalised_email('recorded_events.email') }},
            'id:' || recorded_events.customer_id,
            'text:' || recorded_events.email,
            'unknown'
        ) as address,
        coalesce(
            {{ joined_customer_id(email='email') }},
            {{ normalised_email('recorded_events.email') }},
            'id:' || recorded_events.customer_id,
            'text:' || recorded_events.email,
            'unknown'
        ) as recipient,
        {{ is_provided('recorded_events.is_machine', source='recorded_events.source') }} as is_machine_provided
    from recorded_events
    {{ join_customer('recorded_events', email='email') }}

),

recorded_sends as (

    select
        sends.source,
        sends.campaign_id,
        coalesce(
            {{ joined_customer_id(email='email') }}, {{ normalised_email('sends.email') }}, 'id:' || sends.customer_id
        ) as recipient,
        sends.sent_at,
        -- Of several sends at one moment the one with the smallest id counts.
        min(sends.send_id) as send_id
    from {{ ref('canonical__email_send') }} as sends
    {{ join_customer('sends', email='email') }}
    group by all

),

first_sends as (

    select
        source,
        campaign_id,
        recipient,
        min_by(send_id, sent_at) as send_id
    from recorded_sends
    group by source, campaign_id, recipient

),

attributed as (

    select
        events.*,
        coalesce(last_sends.send_id, first_sends.send_id) as send_id
    from events
    left join first_sends
        on
            events.source = first_sends.source
            and events.campaign_id = first_sends.campaign_id
            and events.recipient = first_sends.recipient
    {{ asof_left_join(
        'recorded_sends',
        alias='last_sends',
        equal={'events.source': 'source', 'events.campaign_id': 'campaign_id', 'events.recipient': 'recipient'},
        moment='events.occurred_at',
        valid_from='sent_at'
    ) }}

)

select
    source,
    campaign_id,
    recipient,
    send_id,
    min(address) as address,
    min(email) as email,
    max(customer_id) as customer_id,
    -- An export of activity alone has no 'sent': what was received must have been sent.
    coalesce(min(occurred_at) filter (where event = 'sent'), min(occurred_at)) as sent_at,
    min(occurred_at) filter (where event = 'delivered') as delivered_at,
    min(occurred_at) filter (where event = 'bounce') as bounced_at,
    min(occurred_at) filter (where event = 'open') as first_opened_at,
    min(occurred_at) filter (where event = 'open' and not coalesce(is_machine, false)) as first_human_opened_at,
    min(occurred_at) filter (where event = 'click' and not coalesce(is_machine, false)) as first_clicked_at,
    min(occurred_at) filter (where event = 'unsubscribe') as unsubscribed_at,
    min(occurred_at) filter (where event = 'complaint') as complained_at,
    min(occurred_at) filter (where event = 'conversion') as converted_at,
    bool_or(is_machine_provided) as is_machine_provided
from attributed
group by source, campaign_id, recipient, send_id
