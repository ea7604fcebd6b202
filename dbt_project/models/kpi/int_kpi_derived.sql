{#
    The KPIs that are derived from other KPIs, generated from the metrics of type `derived`: one row where each of those has
    one, without a value where one of those has none. The sample is the smallest of theirs.

    The interval of a difference of two shares, `newcombe`, is Newcombe's hybrid score interval for independent samples
    (1998, method 10): the first share is the first of the `metrics` and the second is taken from it.
#}
{%- set derived = kpi_metrics() | selectattr('type', 'equalto', 'derived') | list %}

with

inputs as (

    select * from {{ ref('int_kpi_values') }}
    union all
    select * from {{ ref('int_kpi_empty_periods') }}

)

{% for metric in derived %}
{%- set metrics = metric.type_params.metrics %}
select
    {{ sql_text(metric.name) }} as kpi,
    grain,
    period_start,
    segment_type,
    segment,
    cast({{ metric.type_params.expr }} as double) as value,
    sample_size,
    {%- if metric.config.meta.get('interval') == 'newcombe' %}
    {%- for sign, other in [('-', '+'), ('+', '-')] %}
    first_value - second_value {{ sign }} sqrt(
        pow(first_value - {{ wilson_bound('first_numerator', 'first_denominator', sign) }}, 2)
        + pow(second_value - {{ wilson_bound('second_numerator', 'second_denominator', other) }}, 2)
    ) as {{ 'low_bound' if sign == '-' else 'high_bound' }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- else %}
    cast(null as double) as low_bound,
    cast(null as double) as high_bound
    {%- endif %}
from (
    select
        grain,
        period_start,
        segment_type,
        segment,
        {%- for input in metrics %}
        max(value) filter (where kpi = {{ sql_text(input.name) }}) as {{ input.alias or input.name }},
        {%- endfor %}
        {%- for place, input in zip(['first', 'second'], metrics) %}
        {%- for column in ['value', 'numerator', 'denominator'] %}
        max({{ column }}) filter (where kpi = {{ sql_text(input.name) }}) as {{ place }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        min(sample_size) as sample_size,
        count(*) as inputs_with_row
    from inputs
    where kpi in ({% for input in metrics %}{{ sql_text(input.name) }}{{ ', ' if not loop.last }}{% endfor %})
    group by grain, period_start, segment_type, segment
) as {{ metric.name }}
where inputs_with_row = {{ metrics | map(attribute='name') | unique | list | length }}
{{ 'union all' if not loop.last }}
{% else %}
select
    kpi,
    grain,
    period_start,
    segment_type,
    segment,
    value,
    sample_size,
    cast(null as double) as low_bound,
    cast(null as double) as high_bound
from inputs
where 1 = 0
{% endfor %}
