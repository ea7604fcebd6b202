{# E-mail events folded to what became of each e-mail: one row a campaign and recipient. #}
with

events as (

    select
        *,
        coalesce({{ normalised_email('email') }}, 'id:' || customer_id) as recipient,
        {{ is_provided('is_machine') }} as is_machine_provided
    from {{ ref('stg_files__email_event') }}

)

select
    source,
    campaign_id,
    recipient,
    any_value(email) as email,
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
from events
group by source, campaign_id, recipient
