{# What each source delivers of its e-mails, from which day on: see int_delivered. #}
with

email_send_months as (

    {{ rows_by_month('email_send', 'int_email_sends', 'cast(sent_at as date)') }}

),

email_event_months as (

    {{ rows_by_month('email_event', 'canonical__email_event', 'cast(occurred_at as date)') }}

),

found as (

    {{ first_months('email_send', 'email_send_months') }}
    union all
    {{ first_months('email_event', 'email_event_months') }}

)

{{ deliveries(['email_send', 'email_event'], 'found') }}
