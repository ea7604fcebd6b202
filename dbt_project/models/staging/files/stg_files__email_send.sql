with

versions as (

    {{ latest_version('email_send', key=['send_id'], born='sent_at') }}

)

select
    source,
    send_id,
    campaign_id,
    email,
    customer_id,
    sent_at,
    delivered_at,
    bounced_at,
    first_opened_at,
    first_clicked_at,
    unsubscribed_at,
    complained_at
from versions
