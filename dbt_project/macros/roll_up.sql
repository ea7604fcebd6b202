{#
    All measures of a semantic model at every grain, for `all` and for each segment: one row per measure, grain, period
    and segment, with the value and, where an interval needs it, the sum of squares.

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
    {{ return(measure.config.meta.get('adds_segments_to', measure.name)) }}
{%- endmacro %}


{#
    The sum of the squares of thousandths as integers, which does not depend on the order of addition. If a value is too
    large for that (10^12 or more), there is no sum and no interval.
#}
{% macro _sum_of_squares(expression) -%}
    {%- set number = 'cast(' ~ expression ~ ' as double)' -%}
    {%- set thousandths = wide_integer('case when abs(' ~ number ~ ') < 1e12 then ' ~ number ~ ' * 1000 end') -%}
    case when max(abs({{ number }})) < 1e12 then sum({{ thousandths }} * {{ thousandths }}) end
{%- endmacro %}


{% macro _measures_of_rolled_up(semantic_model) %}
{%- set rows = [] -%}
{%- for measure in semantic_model.measures -%}
    {%- do rows.append({
        'measure': "'" ~ measure.name ~ "'",
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
    cast(null as double) as sum_of_squares,
    grain,
    period_start,
    segment_type,
    segment
from measured
where value is not null
{% endmacro %}


{% macro _measures_of_fact(semantic_model) %}
{%- set dimensions = segment_dimensions(semantic_model) -%}
{%- set squared = measures_with_squares() -%}
{%- set of_events = measures_of_events() -%}
{%- set default_time = semantic_model.defaults.agg_time_dimension -%}
{%- set times = [] -%}
{%- for measure in semantic_model.measures if (measure.agg_time_dimension or default_time) not in times -%}
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
{%- for measure in semantic_model.measures if (measure.agg_time_dimension or default_time) == time -%}
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
        {%- set expression = measure.expr or measure.name %}
        {%- if measure.agg == 'count' %}
        count({{ expression }}) as {{ measure.name }},
        {%- else %}
        sum({{ 'cast(' ~ expression ~ ' as integer)' if measure.agg == 'sum_boolean' else expression }}) as {{ measure.name }},
        {%- endif %}
        {%- if measure.name in squared %}
        {{ _sum_of_squares(expression) }} as {{ measure.name }}_squares,
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
        sum({{ measure.name }}) as {{ measure.name }},
        {%- if measure.name in squared %}
        sum({{ measure.name }}_squares) as {{ measure.name }}_squares,
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
        {%- set expression = measure.expr or measure.name %}
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
        {%- set has_squares = measure.name in squared and not relation.endswith('_non_additive') %}
        {%- do rows.append({
            'measure': "'" ~ _published_measure(measure) ~ "'",
            'value': 'cast(' ~ measure.name ~ ' as double)',
            'sum_of_squares': (
                'cast(' ~ measure.name ~ '_squares as double) / 1e6' if has_squares else 'cast(null as double)'
            ),
            'adds_segments': 'true' if measure.config.meta.get('adds_segments_to') else 'false',
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
    sum_of_squares,
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
