{#
    All measures of a semantic model at every grain, for `all` and for each segment: one row per measure, grain, period
    and segment, with the value and, where an interval needs it, the squared deviations from the mean.

    Additive measures are summed to a daily base, which grouping sets roll up. Distinct counts and percentiles are computed
    at each grain from the fact itself. The model that `rolled_up_in` in the `meta` of a semantic model names has these rows
    already; the semantic model itself is then a daily table, which MetricFlow reads.
#}
{% macro roll_up(semantic_model) %}
{%- set measured = semantic_model.config.meta.get('rolled_up_in') or semantic_model.refs[0].name %}
{%- if measured not in model.refs | map(attribute='name') %}
    {{- exceptions.raise_compiler_error(
        "Semantic model " ~ semantic_model.name ~ ": " ~ measured ~ " is missing in macros/measured_models.sql; "
        ~ "write that file with `python -m pipelines.transform.prepare`"
    ) }}
{%- endif %}
{%- if semantic_model.config.meta.get('rolled_up_in') -%}
{{ _measures_of_rolled_up(semantic_model) }}
{%- else -%}
{{ _measures_of_fact(semantic_model) }}
{%- endif -%}
{% endmacro %}


{# The name of the measure in the rows: its own, or that of the measure that it adds segments to. #}
{% macro _published_measure(measure) -%}
    {{ return(measure.name if measure.condition else measure.config.meta.get('adds_segments_to', measure.name)) }}
{%- endmacro %}


{# The expression of a measure, NULL where its filter does not pass. #}
{% macro _filtered(measure) -%}
    {%- set expression = measure.expr or measure.name -%}
    {%- if measure.condition -%} case when {{ measure.condition }} then {{ expression }} end
    {%- else -%} {{ expression }}
    {%- endif -%}
{%- endmacro %}


{% macro _measures_of_rolled_up(semantic_model) %}
{%- set rows = [] -%}
{%- for measure in semantic_model.measures -%}
    {%- do rows.append({
        'measure': "'" ~ _published_measure(measure) ~ "'",
        'value': 'cast(' ~ (measure.config.meta.get('column') or measure.expr or measure.name) ~ ' as double)'
    }) -%}
{%- endfor -%}
with

measured as (

    select
        {{ unnest_structs(struct_list(rows)) }},
        grain,
        period_start,
        segment_type,
        segment
    from {{ ref(semantic_model.config.meta.rolled_up_in) }}

)

select
    measure,
    value,
    cast(null as double) as squared_deviations,
    grain,
    period_start,
    segment_type,
    segment
from measured
where value is not null
{% endmacro %}


{% macro _measures_of_fact(semantic_model) %}
{%- set dimensions = segment_dimensions(semantic_model) -%}
{%- set spread = measures_with_deviations() -%}
{%- set of_events = measures_of_events() -%}
{%- set default_time = semantic_model.defaults.agg_time_dimension -%}
{%- set times = [] -%}
{%- for measure in measures_of(semantic_model) if (measure.agg_time_dimension or default_time) not in times -%}
    {%- do times.append(measure.agg_time_dimension or default_time) -%}
{%- endfor -%}
{%- set time_expressions = {} -%}
{%- for dimension in semantic_model.dimensions if dimension.type == 'time' -%}
    {%- do time_expressions.update({dimension.name: dimension.expr or dimension.name}) -%}
{%- endfor -%}
{%- set parts = [] -%}

with

fact as (

    select * from {{ semantic_model.node_relation.relation_name }}

),

grains as (

    {{ grain_rows() }}

),
{% for time in times %}
{%- set additive = [] -%}
{%- set others = [] -%}
{%- for measure in measures_of(semantic_model) if (measure.agg_time_dimension or default_time) == time -%}
    {%- do (additive if measure.agg in ['sum', 'count', 'sum_boolean'] else others).append(measure) -%}
{%- endfor %}
{%- if additive %}
{%- do parts.append((time ~ '_additive', additive)) %}

{{ time }}_daily as (

    select
        cast({{ time_expressions[time] }} as date) as _day,
        {%- for dimension, expression in dimensions.items() %}
        {{ segment_value(expression) }} as {{ dimension }},
        {%- endfor %}
        {%- for measure in additive %}
        {%- set expression = _filtered(measure) %}
        {%- if measure.agg == 'count' %}
        count({{ expression }}) as {{ measure.name }},
        {%- else %}
        sum({{ 'cast(' ~ expression ~ ' as integer)' if measure.agg == 'sum_boolean' else expression }}) as {{ measure.name }},
        {%- endif %}
        {%- if measure.condition %}
        sum(case when {{ measure.condition }} then 1 else 0 end) as {{ measure.name }}_rows,
        {%- endif %}
        {%- if measure.name in spread %}
        {{ spread_sums(measure.name, expression) }}
        {%- endif %}
        {%- endfor %}
    from fact
    where {{ time_expressions[time] }} is not null
    group by all

),

{{ time }}_additive as (

    select
        grains.grain as grain,
        {{ period_start('grains.grain', '_day') }} as period_start,
        {{ _grouped_segment(dimensions) }},
        {%- for measure in additive %}
        {%- if measure.condition %}
        -- Where no row passes the filter, there is nothing to add up; where those that pass have no value, it is unknown.
        case when sum({{ measure.name }}_rows) = 0 then 0 else sum({{ measure.name }}) end as {{ measure.name }},
        {%- else %}
        sum({{ measure.name }}) as {{ measure.name }},
        {%- endif %}
        {%- if measure.name in spread %}
        sum({{ measure.name }}_millionths) as {{ measure.name }}_millionths,
        sum({{ measure.name }}_squares) as {{ measure.name }}_squares,
        sum({{ measure.name }}_count) as {{ measure.name }}_count,
        bool_and({{ measure.name }}_fits) as {{ measure.name }}_fits,
        {%- endif %}
        {%- endfor %}
    from {{ time }}_daily
    cross join grains
    group by {{ _grouping_sets(['1', '2'], dimensions) }}

),
{%- endif %}
{%- if others %}
{%- do parts.append((time ~ '_non_additive', others)) %}

{{ time }}_segmented as (

    select
        fact.*,
        cast({{ time_expressions[time] }} as date) as _day,
        {%- for dimension, expression in dimensions.items() %}
        {{ segment_value(expression) }} as _segment_{{ dimension }},
        {%- endfor %}
    from fact
    where {{ time_expressions[time] }} is not null

),

{{ time }}_non_additive as (

    select
        grains.grain as grain,
        {{ period_start('grains.grain', '_day') }} as period_start,
        {{ _grouped_segment(dimensions, prefix='_segment_') }},
        {%- for measure in others %}
        {%- set expression = _filtered(measure) %}
        {%- if measure.agg == 'count_distinct' %}
        count(distinct {{ expression }}) as {{ measure.name }},
        {%- elif measure.agg in ['percentile', 'median'] %}
        {%- set share = measure.agg_params.percentile if measure.agg == 'percentile' else 0.5 %}
        {{ percentile('cast(' ~ expression ~ ' as double)', share) }} as {{ measure.name }},
        {%- elif measure.agg in ['min', 'max'] %}
        {{ measure.agg }}({{ expression }}) as {{ measure.name }},
        {%- else %}
        {{ exceptions.raise_compiler_error(
            "Measure " ~ measure.name ~ ": " ~ measure.agg ~ " is not rolled up; use sum, count, sum_boolean, "
            ~ "count_distinct, percentile, median, min or max (a mean is a ratio of a sum and a count)"
        ) }}
        {%- endif %}
        {%- endfor %}
    from {{ time }}_segmented
    cross join grains
    group by {{ _grouping_sets(['1', '2'], dimensions, prefix='_segment_') }}

),
{%- endif %}
{% endfor %}
measured as (

    {%- for relation, measures in parts %}
    {%- set rows = [] %}
    {%- for measure in measures %}
        {%- set has_deviations = measure.name in spread and not relation.endswith('_non_additive') %}
        {%- do rows.append({
            'measure': "'" ~ _published_measure(measure) ~ "'",
            'value': 'cast(' ~ measure.name ~ ' as double)',
            'squared_deviations': squared_deviations(measure.name) if has_deviations else 'cast(null as double)',
            'adds_segments': 'true' if measure.config.meta.get('adds_segments_to') and not measure.condition else 'false',
            'counts_events': 'true' if _published_measure(measure) in of_events else 'false'
        }) %}
    {%- endfor %}

    select
        {{ unnest_structs(struct_list(rows)) }},
        grain,
        period_start,
        segment_type,
        segment
    from {{ relation }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)

select
    measure,
    value,
    squared_deviations,
    grain,
    period_start,
    segment_type,
    segment
from measured
where
    -- Events without a value are no reason for a zero: that the value is unknown has a row.
    (value is not null or counts_events)
    -- A measure that adds segments to another one does not change the total of that one.
    and not (adds_segments and segment_type = 'all')
{% endmacro %}


{% macro _grouped_segment(dimensions, prefix='') -%}
    case
        {%- for dimension in dimensions %}
        when grouping({{ prefix }}{{ dimension }}) = 0 then '{{ dimension }}'
        {%- endfor %}
        else 'all'
    end as segment_type,
    case
        {%- for dimension in dimensions %}
        when grouping({{ prefix }}{{ dimension }}) = 0 then {{ prefix }}{{ dimension }}
        {%- endfor %}
        else 'all'
    end as segment
{%- endmacro %}


{% macro _grouping_sets(period, dimensions, prefix='') -%}
    grouping sets (
        ({{ period | join(', ') }})
        {%- for dimension in dimensions %},
        ({{ period | join(', ') }}, {{ prefix }}{{ dimension }})
        {%- endfor %}
    )
{%- endmacro %}
