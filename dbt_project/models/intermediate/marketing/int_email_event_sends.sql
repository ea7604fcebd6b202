{#
    E-mail events combined into one row per e-mail. An event belongs to the last send of its campaign to its recipient
    before it, or to the first send if clocks differ. Each 'sent' event is a send of its own, unless the e-mails to its
    recipient are recorded as such. In a campaign without sends, a recipient is one e-mail; in one with sends, events that
    match none are kept apart and are no e-mail. The recipient is the person: one system may identify a person by address,
    another by id. Every event has a recipient, also where what it gives as address cannot be one: keys of e-mails depend
    on it.

    Nearly every recipient of a campaign has one send of it: their events need no search for the send that they belong to,
    which costs more than all else here.
#}
{%- set of_an_email %}
    count(*) as event_count,
    min(address) as address,
    min(email) as email,
    max(customer_id) as customer_id,
    -- An export of activity alone has no 'sent': what was received must have been sent.
    coalesce(min(occurred_at) filter (where event = 'sent'), min(occurred_at)) as sent_at,
    bool_or(event in ('sent', 'delivered', 'bounce')) as is_sending_reported,
    min(occurred_at) filter (where event = 'delivered') as delivered_at,
    min(occurred_at) filter (where event = 'bounce') as bounced_at,
    min(occurred_at) filter (where event = 'open') as first_opened_at,
    min(occurred_at) filter (where event = 'open' and not coalesce(is_machine, false)) as first_human_opened_at,
    min(occurred_at) filter (where event = 'click' and not coalesce(is_machine, false)) as first_clicked_at,
    min(occurred_at) filter (where event = 'unsubscribe') as unsubscribed_at,
    min(occurred_at) filter (where event = 'complaint') as complained_at,
    min(occurred_at) filter (where event = 'conversion') as converted_at
{%- endset %}
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
        ) as recipient
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

recorded_recipients as (

    select
        source,
        campaign_id,
        recipient,
        count(*) as send_count,
        min(send_id) as send_id
    from recorded_sends
    group by source, campaign_id, recipient

),

recipients as (

    select
        source,
        campaign_id,
        recipient,
        count(*) filter (where event = 'sent') as sent_count,
{%- filter indent(4) %}
        {{- of_an_email }}
{%- endfilter %}
    from events
    group by source, campaign_id, recipient

),

counted as (

    select
        recipients.*,
        recorded_recipients.send_id,
        -- Where e-mails are recorded, a 'sent' event is one of these.
        coalesce(recorded_recipients.send_count, recipients.sent_count) as send_count
    from recipients
    left join recorded_recipients
        on
            recipients.source = recorded_recipients.source
            and recipients.campaign_id = recorded_recipients.campaign_id
            and recipients.recipient = recorded_recipients.recipient

),

campaigns_with_sends as (

    select
        source,
        campaign_id
    from recorded_sends
    union
    select
        source,
        campaign_id
    from counted
    where send_count > 0

),

events_of_several as (

    select events.*
    from events
    inner join counted
        on
            events.source = counted.source
            and events.campaign_id = counted.campaign_id
            and events.recipient = counted.recipient
    where counted.send_count > 1

),

reported_sends as (

    select
        source,
        campaign_id,
        recipient,
        event_id,
        occurred_at as sent_at,
        row_number() over (partition by source, campaign_id, recipient order by occurred_at, event_id) as send_number
    from events_of_several as events
    where
        event = 'sent'
        and not exists (
            select 1
            from recorded_sends
            where
                recorded_sends.source = events.source
                and recorded_sends.campaign_id = events.campaign_id
                and recorded_sends.recipient = events.recipient
        )

),

sends as (

    select
        source,
        campaign_id,
        recipient,
        sent_at,
        send_id,
        cast(null as bigint) as send_number
    from recorded_sends

    union all

    select
        source,
        campaign_id,
        recipient,
        sent_at,
        cast(null as string) as send_id,
        min(send_number) as send_number
    from reported_sends
    group by source, campaign_id, recipient, sent_at

),

first_sends as (

    select
        source,
        campaign_id,
        recipient,
        min_by(send_id, sent_at) as send_id,
        min(send_number) as send_number
    from sends
    group by source, campaign_id, recipient

),

attributed as (

    select
        events.*,
        coalesce(last_sends.send_id, first_sends.send_id) as send_id,
        coalesce(reported_sends.send_number, last_sends.send_number, first_sends.send_number) as send_number
    from events_of_several as events
    inner join first_sends
        on
            events.source = first_sends.source
            and events.campaign_id = first_sends.campaign_id
            and events.recipient = first_sends.recipient
    left join reported_sends on events.source = reported_sends.source and events.event_id = reported_sends.event_id
    {{ asof_left_join(
        'sends',
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
    send_number,
    true as is_matched,
    {{- of_an_email }}
from attributed
group by source, campaign_id, recipient, send_id, send_number

union all

select
    counted.source,
    counted.campaign_id,
    counted.recipient,
    counted.send_id,
    case when counted.send_id is null and counted.send_count = 1 then 1 end as send_number,
    counted.send_count = 1 or campaigns_with_sends.campaign_id is null as is_matched,
    counted.event_count,
    counted.address,
    counted.email,
    counted.customer_id,
    counted.sent_at,
    counted.is_sending_reported,
    counted.delivered_at,
    counted.bounced_at,
    counted.first_opened_at,
    counted.first_human_opened_at,
    counted.first_clicked_at,
    counted.unsubscribed_at,
    counted.complained_at,
    counted.converted_at
from counted
left join campaigns_with_sends
    on counted.source = campaigns_with_sends.source and counted.campaign_id = campaigns_with_sends.campaign_id
where counted.send_count < 2
