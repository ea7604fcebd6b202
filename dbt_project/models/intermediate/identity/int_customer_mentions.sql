{#
    Every id and address under which a source mentions a person. Rows that are spam, tests or deleted mention nobody. An
    order whose status the settings leave in the revenue does, whatever it is called, and so does one that was cancelled.
#}
with

records as (

    select
        source,
        customer_id,
        email
    from {{ ref('canonical__customer') }}

),

{%- set by_id = ['order', 'deal', 'lead', 'email_send', 'email_event', 'exposure', 'touchpoint', 'ticket', 'interaction', 'call', 'survey_response'] %}
{%- set by_email = ['lead', 'email_send', 'email_event', 'ticket'] %}

references_to_people as (

    {%- for entity in by_id %}
    select
        source,
        customer_id,
        {{ 'email' if entity in by_email else 'cast(null as string)' }} as email
    from {{ ref('canonical__' ~ entity) }}
    {%- if entity == 'ticket' %}
    where coalesce({{ normalised_word('status') }} not in {{ excluded_ticket_statuses(merged=false) }}, true)
    {%- elif entity == 'order' %}
    where
        coalesce({{ without_accents(normalised_word('status')) }} not in {{ statuses_of_no_order() }}, true)
        or coalesce({{ without_accents(normalised_word('status')) }} not in (
            select {{ without_accents(normalised_word('excluded_statuses.value')) }}
            from {{ kpi_parameter('revenue', 'excluded_statuses') }} as excluded_statuses
        ), true)
    {%- endif %}
    {% if not loop.last -%} union all {%- endif %}
    {%- endfor %}

),

mentions as (

    select
        source,
        customer_id,
        email,
        true as is_record
    from records

    union all

    select
        source,
        customer_id,
        email,
        false as is_record
    from references_to_people

),

-- People are mentioned over and over in the same spelling.
spellings as (

    select
        source,
        customer_id,
        email,
        bool_or(is_record) as is_record
    from mentions
    group by source, customer_id, email

),

grouped as (

    select
        source,
        customer_id as source_customer_id,
        {{ normalised_email('email') }} as email,
        bool_or(is_record) as is_record
    from spellings
    where customer_id is not null or {{ normalised_email('email') }} is not null
    group by source, customer_id, {{ normalised_email('email') }}

)

select
    grouped.source,
    {{ id_space('grouped') }} as id_space,
    grouped.source_customer_id,
    grouped.email,
    grouped.is_record
from grouped
{{ join_id_space('grouped') }}
