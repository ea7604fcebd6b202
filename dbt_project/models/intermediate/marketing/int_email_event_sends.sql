{#
    E-mail events folded to what became of each e-mail. An event belongs to the last send of its campaign to its recipient
    before it, or to the first one if clocks differ; where no sends are recorded, a campaign and recipient are one e-mail.
    The recipient is the person, who may be told by address in one place and by id in another.
#}
with

told_events as (

    select * from {{ ref('canonical__email_event') }}

),

events as (

    select
        told_events.*,
        coalesce({{ normalised_email('told_events.email') }}, 'id:' || told_events.customer_id) as address,
        coalesce(
            {{ joined_customer_id(email='email') }},
            {{ normalised_email('told_events.email') }},
            'id:' || told_events.customer_id
        ) as recipient,
        {{ is_provided('told_events.is_machine', source='told_events.source') }} as is_machine_provided
    from told_events
    {{ join_customer('told_events', email='email') }}

),

recorded as (

    select
        sends.source,
        sends.campaign_id,
        coalesce(
            {{ joined_customer_id(email='email') }}, {{ normalised_email('sends.email') }}, 'id:' || sends.customer_id
        ) as recipient,
        sends.sent_at,
        -- Of those at one moment, always the same.
        min(sends.send_id) as send_id
    from {{ ref('canonical__email_send') }} as sends
    {{ join_customer('sends', email='email') }}
    group by all

),

first_recorded as (

    select
        source,
        campaign_id,
        recipient,
        arg_min(send_id, sent_at) as send_id
    from recorded
    group by source, campaign_id, recipient

),

attributed as (

    select
        events.*,
        coalesce(recorded.send_id, first_recorded.send_id) as send_id
    from events
    left join first_recorded
        on
            events.source = first_recorded.source
            and events.campaign_id = first_recorded.campaign_id
            and events.recipient = first_recorded.recipient
    asof left join recorded
        on
            events.source = recorded.source
            and events.campaign_id = recorded.campaign_id
            and events.recipient = recorded.recipient
            and events.occurred_at >= recorded.sent_at

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
