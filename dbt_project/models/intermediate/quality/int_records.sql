{# The records of customers, leads and deals that were not merged into others: whether each has what a record should have. #}
{# What a record of an entity needs beside its required columns, if its source provides it. #}
{%- set entities = {
    'customer': ['email', 'name', 'country'], 'lead': ['email', 'channel'], 'deal': ['customer_id', 'amount']
} %}
{% for entity, columns in entities.items() %}
select
    records.source,
    '{{ entity }}' as entity,
    cast(records.created_at as date) as created_on,
    {{ 'records.person' if entity == 'customer' else 'cast(null as string)' }} as person,
    records.{{ entity }}_id as record_id,
    {{ is_mapped('customer', 'email', 'records.source') if entity == 'customer' else 'false' }} as is_identifiable,
    {% for column in columns %}
    {{ is_mapped(entity, column, 'records.source') }}{{ ' or ' if not loop.last }}
    {%- endfor %} as is_checked,
    {% for column in columns %}
    (records.{{ column }} is not null or not {{ is_mapped(entity, column, 'records.source') }})
    {{- ' and ' if not loop.last }}
    {%- endfor %} as is_complete
{%- if entity == 'customer' %}
from {{ ref('int_customer_records') }} as records
where records.is_survivor
{%- else %}
from {{ ref('canonical__' ~ entity) }} as records
{%- endif %}
{%- if not loop.last %}

union all
{%- endif %}
{%- endfor %}
