with

sends as (

    select
        *,
        cast(sent_at as date) as sent_on
    from {{ ref('int_email_sends') }}

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
    sends.sent_on,
    sends.is_sending_reported,
    sends.delivered_at,
    sends.bounced_at,
    sends.first_opened_at,
    sends.first_clicked_at,
    sends.unsubscribed_at,
    sends.complained_at,
    sends.converted_at,
    -- What was opened was delivered. Where a system does not report deliveries, what did not bounce was delivered.
    case
        when {{ is_delivered('delivered_at', 'sends.sent_on') }}
            then coalesce(sends.delivered_at, sends.first_opened_at, sends.first_clicked_at) is not null
        when {{ is_delivered('bounced_at', 'sends.sent_on') }} then sends.bounced_at is null
    end as is_delivered,
    case when {{ is_delivered('bounced_at', 'sends.sent_on') }} then sends.bounced_at is not null end as is_bounced,
    -- Whoever clicked has opened it, although no image was loaded.
    case
        when {{ is_delivered('first_opened_at', 'sends.sent_on') }}
            then coalesce(sends.first_opened_at, sends.first_clicked_at) is not null
    end as is_opened,
    -- NULL where the system does not distinguish machines from people.
    case
        when {{ is_delivered('first_opened_at', 'sends.sent_on') }} and {{ is_ever_delivered('is_machine', as='machines') }}
            then coalesce(sends.first_human_opened_at, sends.first_clicked_at) is not null
    end as is_opened_by_human,
    case when {{ is_delivered('first_clicked_at', 'sends.sent_on') }} then sends.first_clicked_at is not null end
        as is_clicked,
    case when {{ is_delivered('unsubscribed_at', 'sends.sent_on') }} then sends.unsubscribed_at is not null end
        as is_unsubscribed,
    case when {{ is_delivered('complained_at', 'sends.sent_on') }} then sends.complained_at is not null end
        as is_complained
from sends
{{ join_deliveries('email_send', 'sends', model='int_delivered_emails') }}
{{ join_deliveries('email_event', 'sends', model='int_delivered_emails', as='machines') }}
{{ join_customer('sends', email='email') }}
left join {{ ref('int_customers') }} as customers
    on customers.customer_id = {{ joined_customer_id(email='email') }}
