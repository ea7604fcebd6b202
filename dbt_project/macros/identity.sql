{#
    An e-mail address in the form in which two spellings of one address are equal; NULL unless it can be an address. In an
    address the zero-width joiner and non-joiner mean nothing either.
#}
{% macro normalised_email(column) -%}
    {%- set plain = plain_text(column, unseen='\u200b\u2060\ufeff\u200c\u200d') -%}
    case when trim({{ plain }}) like '_%@_%' then lower(trim({{ plain }})) end
{%- endmacro %}


{# Joins the id space of a row's source. #}
{% macro join_id_space(from) -%}
    left join {{ source('control', 'source') }} as id_spaces on {{ from }}.source = id_spaces.source
{%- endmacro %}


{# The id space that `join_id_space` found: the source whose ids of people, agents and campaigns the row uses. #}
{% macro id_space(from) -%}
    coalesce(id_spaces.id_space, {{ from }}.source)
{%- endmacro %}


{#
    Joins the record that another record refers to by id: as `own` the one of the same source, as `other` the one of
    another source if only one source has a record with that id.

    model: a model with the columns source, <id>, <columns> and is_unambiguous.
#}
{% macro join_reference(model, id, from, columns, own='own_reference', other='other_reference') -%}
    left join {{ ref(model) }} as {{ own }}
        on {{ from }}.source = {{ own }}.source and {{ from }}.{{ id }} = {{ own }}.{{ id }}
    left join (
        select {{ id }}, {{ columns | join(', ') }}
        from {{ ref(model) }}
        where is_unambiguous
    ) as {{ other }}
        on {{ from }}.{{ id }} = {{ other }}.{{ id }}
{%- endmacro %}


{# Joins the id under which the agent or owner of a record is known. #}
{% macro join_agent_id(from, id='agent_id') -%}
    left join {{ ref('int_agent_ids') }} as agent_ids
        on {{ from }}.source = agent_ids.source and {{ from }}.{{ id }} = agent_ids.source_agent_id
{%- endmacro %}


{# Joins the id under which the campaign of a record is known. #}
{% macro join_campaign_id(from) -%}
    left join {{ ref('int_campaign_ids') }} as campaign_ids
        on {{ from }}.source = campaign_ids.source and {{ from }}.campaign_id = campaign_ids.source_campaign_id
{%- endmacro %}


{# The id that `join_campaign_id` found. #}
{% macro known_campaign_id(from) -%}
    coalesce(campaign_ids.campaign_id, {{ from }}.campaign_id)
{%- endmacro %}


{# A column of the record that `join_reference` found. #}
{% macro resolved_key(key, own='own_reference', other='other_reference') -%}
    coalesce({{ own }}.{{ key }}, {{ other }}.{{ key }})
{%- endmacro %}


{# Joins a record to its person: by the id in its source, else by the e-mail address. #}
{% macro join_customer(from, email=none) -%}
    left join {{ ref('int_customer_ids') }} as person_by_id
        on {{ from }}.source = person_by_id.source and {{ from }}.customer_id = person_by_id.source_customer_id
    {% if email -%}
    left join {{ ref('int_customer_emails') }} as person_by_email
        on {{ normalised_email(from ~ '.' ~ email) }} = person_by_email.email
    {%- endif %}
{%- endmacro %}


{# The id of the person that `join_customer` found. #}
{% macro joined_customer_id(email=none) -%}
    {% if email -%}
    coalesce(person_by_id.customer_id, person_by_email.customer_id)
    {%- else -%}
    person_by_id.customer_id
    {%- endif %}
{%- endmacro %}


{#
    Whether the row's source ever fills a column. A column that the source fills is believed, blanks included; one that
    it never fills may be derived from elsewhere.
#}
{% macro is_provided(column, source='source') -%}
    coalesce(bool_or({{ column }} is not null) over (partition by {{ source }}), false)
{%- endmacro %}


{#
    Whether the extracts of a source are mapped to a column, filled or not, or the settings say that it is delivered: of a
    rare event an empty column says 'none'.
#}
{% macro is_mapped(entity, column, from_source) -%}
    (
        {{ from_source }} in (
            select mapped.source from {{ source('control', 'mapped_column') }} as mapped
            where mapped.entity = '{{ entity }}' and mapped.column_name = '{{ column }}'
            union all
            select declared.source from {{ source('control', 'declared_delivery') }} as declared
            where declared.column_name = '{{ column }}' and declared.is_delivered
        )
        and {{ from_source }} not in (
            select declared.source from {{ source('control', 'declared_delivery') }} as declared
            where declared.column_name = '{{ column }}' and not declared.is_delivered
        )
    )
{%- endmacro %}
