{#
    E-mail events combined into one row per e-mail. An event belongs to the last send of its campaign to its recipient
    before it, or to the first send if clocks differ. Each 'sent' event is a send of its own, unless the e-mails to its
    recipient are recorded as such. In a campaign without sends, a recipient is one e-mail; in one with sends, events that
    match none are kept apart and are no e-mail. The recipient is the person: one system may identify a person by address,
    another by id. Every event has a recipient, also where what it gives as address cannot be one: keys of e-mails depend
    on it.

    Nearly every recipient of a campaign has one send of it: their events need no search for the send that they belong to,
    which costs more than all else here.

    Events are many, and what they give of their recipients is the same again and again: it is resolved once, and events
    carry numbers in the place of texts. The smallest number is that of the smallest text. Numbers take a fraction of the
    memory, and so the events are read twice rather than kept.
#}
{%- set of_an_email %}
    count(*) as event_count,
    min(address_number) as address_number,
    min(email_number) as email_number,
    max(customer_number) as customer_number,
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
{%- set numbered_events %}
    recorded_events.source,
    recorded_events.event_id,
    recorded_events.campaign_id,
    recorded_events.event,
    recorded_events.occurred_at,
    recorded_events.is_machine,
    contacts.address_number,
    contacts.email_number,
    contacts.customer_number,
    contacts.recipient_number
from {{ ref('canonical__email_event') }} as recorded_events
inner join contacts
    on
        recorded_events.source = contacts.source
        and recorded_events.email is not distinct from contacts.email
        and recorded_events.customer_id is not distinct from contacts.customer_id
{%- endset %}
with

named_recipients as (

    select distinct
        source,
        email,
        customer_id
    from {{ ref('canonical__email_event') }}

),

resolved_recipients as (

    select
        named_recipients.*,
        coalesce(
            {{ normalised_email('named_recipients.email') }},
            'id:' || named_recipients.customer_id,
            'text:' || named_recipients.email,
            'unknown'
        ) as address,
        coalesce(
            {{ joined_customer_id(email='email') }},
            {{ normalised_email('named_recipients.email') }},
            'id:' || named_recipients.customer_id,
            'text:' || named_recipients.email,
            'unknown'
        ) as recipient
    from named_recipients
    {{ join_customer('named_recipients', email='email') }}

),

contacts as (

    select
        *,
        dense_rank() over (order by address) as address_number,
        case when email is not null then dense_rank() over (order by email) end as email_number,
        case when customer_id is not null then dense_rank() over (order by customer_id) end as customer_number,
        dense_rank() over (order by recipient) as recipient_number
    from resolved_recipients

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

events as (

    select
    {%- filter indent(4) %}
        {{- numbered_events }}
    {%- endfilter %}

),

recipients as (

    select
        source,
        campaign_id,
        recipient_number,
        count(*) filter (where event = 'sent') as sent_count,
{%- filter indent(4) %}
        {{- of_an_email }}
{%- endfilter %}
    from events
    group by source, campaign_id, recipient_number

),

people as (

    select distinct recipient_number, recipient from contacts

),

counted as (

    select
        recipients.*,
        people.recipient,
        recorded_recipients.send_id,
        -- Where e-mails are recorded, a 'sent' event is one of these.
        coalesce(recorded_recipients.send_count, recipients.sent_count) as send_count
    from recipients
    inner join people on recipients.recipient_number = people.recipient_number
    left join recorded_recipients
        on
            recipients.source = recorded_recipients.source
            and recipients.campaign_id = recorded_recipients.campaign_id
            and people.recipient = recorded_recipients.recipient

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

recipients_of_several as (

    select
        source,
        campaign_id,
        recipient_number,
        recipient
    from counted
    where send_count > 1

),

events_again as (

    select
    {%- filter indent(4) %}
        {{- numbered_events }}
    {%- endfilter %}

),

events_of_several as (

    select
        events_again.*,
        recipients_of_several.recipient
    from events_again
    inner join recipients_of_several
        on
            events_again.source = recipients_of_several.source
            and events_again.campaign_id = recipients_of_several.campaign_id
            and events_again.recipient_number = recipients_of_several.recipient_number

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

),

combined as (

    select
        source,
        campaign_id,
        recipient,
        send_id,
        send_number,
        true as is_matched,
    {%- filter indent(4) %}
        {{- of_an_email }}
    {%- endfilter %}
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
        counted.address_number,
        counted.email_number,
        counted.customer_number,
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

),

addresses as (

    select distinct address_number, address from contacts

),

emails as (

    select distinct email_number, email from contacts
    where email is not null

),

customers as (

    select distinct customer_number, customer_id from contacts
    where customer_id is not null

)

select
    combined.source,
    combined.campaign_id,
    combined.recipient,
    combined.send_id,
    combined.send_number,
    combined.is_matched,
    combined.event_count,
    addresses.address,
    emails.email,
    customers.customer_id,
    combined.sent_at,
    combined.is_sending_reported,
    combined.delivered_at,
    combined.bounced_at,
    combined.first_opened_at,
    combined.first_human_opened_at,
    combined.first_clicked_at,
    combined.unsubscribed_at,
    combined.complained_at,
    combined.converted_at
from combined
inner join addresses on combined.address_number = addresses.address_number
left join emails on combined.email_number = emails.email_number
left join customers on combined.customer_number = customers.customer_number
