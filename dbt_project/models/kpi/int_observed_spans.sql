{#
    The days between which each fact was observed to happen, from the first event to the last of any kind. Outside them
    nothing is known to have happened, so no zero is counted. What is in stock (open tickets, active customers) goes on
    to be known after the last event, for a month at most: a source silent for longer is stale, not quiet.
#}
with

tickets as (

    select
        'tickets' as fact,
        min(created_on) as first_day,
        max(greatest(created_on, first_responded_on, resolved_on, closed_on)) as last_day
    from {{ ref('fct_ticket') }}

),

calls as (

    select
        'calls' as fact,
        min(started_on) as first_day,
        max(started_on) as last_day
    from {{ ref('fct_call') }}

),

interactions as (

    select
        'interactions' as fact,
        min(occurred_on) as first_day,
        max(occurred_on) as last_day
    from {{ ref('fct_interaction') }}

),

survey_responses as (

    select
        'survey_responses' as fact,
        min(answered_on) as first_day,
        max(answered_on) as last_day
    from {{ ref('fct_survey_response') }}

),

leads as (

    select
        'leads' as fact,
        min(created_on) as first_day,
        max(greatest(created_on, cast(converted_at as date), cast(lost_at as date))) as last_day
    from {{ ref('fct_lead') }}

),

sales as (

    select
        'sales' as fact,
        min(sold_on) as first_day,
        max(sold_on) as last_day
    from {{ ref('fct_sale') }}

),

deals as (

    select
        'deals' as fact,
        min(created_on) as first_day,
        max(greatest(created_on, closed_on)) as last_day
    from {{ ref('fct_deal') }}

),

email_sends as (

    select
        'email_sends' as fact,
        min(sent_on) as first_day,
        max(sent_on) as last_day
    from {{ ref('fct_email_send') }}

),

exposures as (

    select
        'exposures' as fact,
        min(exposed_on) as first_day,
        max(exposed_on) as last_day
    from {{ ref('fct_exposure') }}

),

web_stats as (

    select
        'web_stats' as fact,
        min(visited_on) as first_day,
        max(visited_on) as last_day
    from {{ ref('fct_web_stat') }}

),

customers as (

    select
        'customers' as fact,
        least(min(cast(became_customer_at as date)), min(cast(first_sold_at as date))) as first_day,
        greatest(
            max(cast(last_sold_at as date)),
            max(cast(became_customer_at as date)),
            max(cast(churned_at as date)),
            (select max(closed_on) from {{ ref('fct_deal') }} where is_won)
        ) as last_day
    from {{ ref('dim_customer') }}

),

spans as (

    select * from tickets
    union all
    select * from calls
    union all
    select * from interactions
    union all
    select * from survey_responses
    union all
    select * from leads
    union all
    select * from sales
    union all
    select * from deals
    union all
    select * from email_sends
    union all
    select * from exposures
    union all
    select * from web_stats
    union all
    select * from customers

)

select
    fact,
    first_day,
    last_day,
    -- Of a day that begins at the moment of the run nothing is known yet.
    least(last_day + 31, cast({{ as_of() }} - interval 1 microsecond as date)) as known_until
from spans
where first_day is not null
