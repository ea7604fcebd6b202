{#
    The rows of an entity from all source types, one row per source and key: the latest version known at the as-of.

    The staging models of the source types in `source_entities` deliver every version. The latest wins: by the moment,
    number or text of the version, then by the order of loading. Versions from the future of the as-of lose to known
    ones; where no version is known, the earliest future one takes their place, and the marts hide its later moments.

    A tombstone removes the versions of earlier loads, unless they are newer than it, and older versions of its own load.
    One from the future of the as-of has no effect yet.

    entity: canonical entity. columns: its columns. key: columns that identify a row within a source. required: columns
    that no row may lack; rows without them are omitted. lowest: the least that a column can be, for counts and
    durations; a lower one is unknown, be it that a source type does not check it or that a load is older than the check.
    created_at: the column with the moment at which a row begins to exist, if the entity has one; rows from the future of
    the as-of are omitted.

    Where a table is extended, these are the rows of the changed keys: see macros/increments.sql.
#}
{% macro latest_version(entity, columns, key, required=[], lowest={}, created_at=none) %}
{%- set staging_models = staging_models_of(entity) -%}
{%- if not staging_models -%}
{{ no_rows(columns) }}
{%- else -%}
with
{% if is_incremental() %}
changed as (
{{ changed_keys(entity, key, created_at) }}
),
{% endif %}
versions as (

    {% for staging_model in staging_models -%}
    select
        source,
        {% for column in columns -%}
        {{ not_below(column, lowest) }},
        {% endfor -%}
        _load_sequence,
        _file,
        _row,
        _version_at,
        _version_number,
        _version_text,
        coalesce(_version_at <= {{ as_of() }}, true) as _is_known
    from {{ ref(staging_model) }} as staged
    where
        not _is_deleted
        {%- for column in required %}
        and {{ column }} {% if column in lowest %}>= {{ lowest[column] }}{% else %}is not null{% endif %}
        {%- endfor %}
        {%- if is_incremental() %}
        and {{ is_in('changed', 'staged', key) }}
        {%- endif %}
    {% if not loop.last -%} union all {%- endif %}
    {% endfor %}

),

known_tombstones as (

    {% for staging_model in staging_models -%}
    select
        source,
        {{ key | join(',\n        ') }},
        _load_sequence,
        _version_at
    from {{ ref(staging_model) }}
    where _is_deleted and coalesce(_version_at <= {{ as_of() }}, true)
    {% if not loop.last -%} union all {%- endif %}
    {% endfor %}

),

existing as (

    select *
    from versions
    where not exists (
        select 1
        from known_tombstones
        where
            known_tombstones.source = versions.source
            {%- for column in key %}
            and known_tombstones.{{ column }} is not distinct from versions.{{ column }}
            {%- endfor %}
            and (
                not versions._is_known
                or (
                    known_tombstones._load_sequence > versions._load_sequence
                    and coalesce(known_tombstones._version_at >= versions._version_at, true)
                )
                or (
                    known_tombstones._load_sequence = versions._load_sequence
                    and known_tombstones._version_at > versions._version_at
                )
            )
    )

),

repeated_keys as (

    select
        source,
        {{ key | join(',\n        ') }}
    from existing
    group by source, {{ key | join(', ') }}
    having count(*) > 1

),

-- Most keys have one version. Only the others are ranked, because ranking costs more than all else here.
repeated as (

    select existing.*
    from existing
    where {{ is_in('repeated_keys', 'existing', key) }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by source, {{ key | join(', ') }}
            order by
                _is_known desc,
                case when _is_known then _version_at end desc nulls last,
                case when not _is_known then _version_at end asc nulls last,
                _version_number desc nulls last,
                _version_text desc nulls last,
                _load_sequence desc,
                _row desc,
                _file desc
        ) as _rank
    from repeated

),

latest as (

    select
        source,
        {{ columns | join(',\n        ') }}
    from existing
    where not {{ is_in('repeated_keys', 'existing', key) }}
    union all
    select
        source,
        {{ columns | join(',\n        ') }}
    from ranked
    where _rank = 1

)

select
    source,
    {{ columns | join(',\n    ') }}
from latest
{%- if created_at %}
where {{ created_at }} is null or {{ created_at }} <= {{ as_of() }}
{%- endif %}
{%- endif %}
{% endmacro %}


{# A column, NULL where it is lower than it can be. #}
{% macro not_below(column, lowest) -%}
    {%- if column in lowest -%}
    case when {{ column }} >= {{ lowest[column] }} then {{ column }} end as {{ column }}
    {%- else -%}
    {{ column }}
    {%- endif -%}
{%- endmacro %}


{# Whether a row of `outer` has the source and key of a row of `relation`; keys may have NULLs. #}
{% macro is_in(relation, outer, key) -%}
    exists (
        select 1
        from {{ relation }}
        where
            {{ relation }}.source = {{ outer }}.source
            {%- for column in key %}
            and {{ relation }}.{{ column }} is not distinct from {{ outer }}.{{ column }}
            {%- endfor %}
    )
{%- endmacro %}


{# The names of the staging models that deliver an entity, for the source types that are built. #}
{% macro staging_models_of(entity) %}
    {%- set found = [] -%}
    {%- for source_type, entities in var('source_entities').items() if entity in entities -%}
        {%- do found.append('stg_' ~ source_type ~ '__' ~ entity) -%}
    {%- endfor -%}
    {{ return(found | sort) }}
{% endmacro %}


{# An empty table in the types of the model's contract, for an entity that no source type delivers. #}
{% macro no_rows(columns) -%}
select
    {%- for column in ['source'] + columns %}
    cast(null as {{ model.columns[column].data_type if execute else 'string' }}) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
where 1 = 0
{%- endmacro %}
