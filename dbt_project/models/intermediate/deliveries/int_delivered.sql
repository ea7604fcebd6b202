{#
    What each source delivers, from which day on: evaluated by what is known at the as-of, or said by the settings. What is
    not here is unknown of the source's rows, and not 'no'. E-mails are in int_delivered_emails, because they also follow
    from events; the leaving of customers is evaluated by its column alone.
#}
with

{%- set evaluated = {
    'ticket': {'relation': 'canonical__ticket', 'day': 'cast(created_at as date)'},
    'interaction': {'relation': 'canonical__interaction', 'day': 'cast(occurred_at as date)'},
    'lead': {'relation': 'canonical__lead', 'day': 'cast(created_at as date)'},
    'exposure': {'relation': 'canonical__exposure', 'day': 'cast(exposed_at as date)'},
    'order': {'relation': 'canonical__order', 'day': 'cast(ordered_at as date)'}
} %}

{%- for entity, rows in evaluated.items() %}

{{ entity }}_months as (

    {{ rows_by_month(entity, rows.relation, rows.day) }}

),
{%- endfor %}

found as (

    {%- for entity in evaluated %}
    {{ first_months(entity, entity ~ '_months') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

{{ deliveries(evaluated, 'found') }}
