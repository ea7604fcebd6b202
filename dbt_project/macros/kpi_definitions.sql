{#
    The KPI definitions as the KPI models need them, read from the metrics and semantic models of the project. While dbt
    parses there are none yet.
#}

{# The metrics that are KPIs: those whose `meta` names a family. Other metrics are parts of KPIs. #}
{% macro kpi_metrics() %}
    {%- set found = [] -%}
    {%- for metric in (graph.metrics.values() if execute else []) | sort(attribute='name') if metric.config.meta.get('family') -%}
        {%- do found.append(metric) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#
    The measure behind each simple metric, by the metric's name. A metric with a filter has one of its own, which has the
    metric's name.
#}
{% macro metric_measures() %}
    {%- set found = {} -%}
    {%- for metric in (graph.metrics.values() if execute else []) if metric.type == 'simple' -%}
        {%- do found.update({metric.name: metric.name if metric.filter else metric.type_params.measure.name}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#
    The measures of a semantic model: its own, and one for each simple metric that filters one of them, whose `condition`
    is the filter as SQL over the rows of the model.
#}
{% macro measures_of(semantic_model) %}
    {%- set found = semantic_model.measures | list -%}
    {%- set names = semantic_model.measures | map(attribute='name') | list -%}
    {%- for metric in (graph.metrics.values() if execute else []) | sort(attribute='name')
        if metric.type == 'simple' and metric.filter and metric.type_params.measure.name in names -%}
        {%- set measure = (semantic_model.measures | selectattr('name', 'equalto', metric.type_params.measure.name) | list)[0] -%}
        {%- do found.append(dict(measure, name=metric.name, condition=_filter_condition(metric, semantic_model))) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# The filter of a metric as SQL: `Dimension('ticket__priority')` becomes the expression of that dimension. #}
{% macro _filter_condition(metric, semantic_model) %}
    {%- set conditions = [] -%}
    {%- for filter in metric.filter.where_filters -%}
        {%- set condition = namespace(sql=filter.where_sql_template) -%}
        {%- for dimension, expression in segment_dimensions(semantic_model).items() -%}
            {%- set reference = "\\{\\{\\s*Dimension\\(\\s*'\\w+?__" ~ dimension ~ "'\\s*\\)\\s*\\}\\}" -%}
            {%- set condition.sql = modules.re.sub(reference, '(' ~ expression ~ ')', condition.sql) -%}
        {%- endfor -%}
        {%- do conditions.append('(' ~ condition.sql | trim ~ ')') -%}
    {%- endfor -%}
    {{ return(conditions | join(' and ')) }}
{% endmacro %}


{#
    The names of the measures of a KPI: (numerator, denominator or none); (none, none) for one that is derived from other
    KPIs. `simple` is the result of `metric_measures`.
#}
{% macro kpi_parts(metric, simple) %}
    {%- if metric.type == 'ratio' -%}
        {{ return((simple[metric.type_params.numerator.name], simple[metric.type_params.denominator.name])) }}
    {%- elif metric.type == 'simple' -%}
        {{ return((simple[metric.name], none)) }}
    {%- elif metric.type == 'derived' -%}
        {{ return((none, none)) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "Metric " ~ metric.name ~ " is of type " ~ metric.type ~ ": a KPI is a simple metric, a ratio of two, or derived"
            ~ " from other KPIs"
        ) }}
    {%- endif -%}
{% endmacro %}


{# The measures whose loading a KPI waits for: its own, or those of the KPIs that it is derived from. #}
{% macro kpi_inputs(metric, simple) %}
    {%- set found = [] -%}
    {%- if metric.type == 'derived' -%}
        {%- set names = metric.type_params.metrics | map(attribute='name') | list -%}
        {%- for input in kpi_metrics() if input.name in names -%}
            {%- do found.extend(kpi_parts(input, simple)) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do found.extend(kpi_parts(metric, simple)) -%}
    {%- endif -%}
    {{ return(found | select | list) }}
{% endmacro %}


{# Every measure by name: its semantic model and its definition. #}
{% macro kpi_measures() %}
    {%- set found = {} -%}
    {%- for semantic_model in semantic_models() -%}
        {%- for measure in measures_of(semantic_model) -%}
            {%- do found.update({measure.name: {'semantic_model': semantic_model, 'measure': measure}}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# The semantic models in the order of their names. #}
{% macro semantic_models() %}
    {{ return((graph.semantic_models.values() if execute else []) | sort(attribute='name')) }}
{% endmacro %}


{#
    The days on which each observed fact has events, a mapping per model and time dimension: `fact`, the `relation` that holds
    the events, the SQL `expression` of their day, and whether the fact `begins` with the first of them.

    A time dimension is an event of the fact that `observed` in its meta names, by default the fact of its semantic model.
    All of them extend the span of the fact to later days. Only those in `observed_from`, by default the one that dates
    the measures, extend it to earlier days. Rolled-up models are built from facts and have no events of their own.
#}
{% macro observed_days() %}
    {%- set found = [] -%}
    {%- for semantic_model in semantic_models() if not semantic_model.config.meta.get('rolled_up_in') -%}
        {%- set meta = semantic_model.config.meta -%}
        {%- if not meta.get('observed') -%}
            {{ exceptions.raise_compiler_error("Semantic model " ~ semantic_model.name ~ " has no observed in its meta") }}
        {%- endif -%}
        {%- set begins = meta.get('observed_from') or [semantic_model.defaults.agg_time_dimension] -%}
        {%- for dimension in semantic_model.dimensions if dimension.type == 'time' -%}
            {%- set fact = dimension.config.meta.observed -%}
            {%- set day = {
                'fact': fact,
                'relation': semantic_model.node_relation.relation_name,
                'expression': 'cast(' ~ (dimension.expr or dimension.name) ~ ' as date)',
                'begins': dimension.name in begins and fact == meta.observed
            } -%}
            {%- if day not in found -%}
                {%- do found.append(day) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# The measures whose squared deviations are needed: the numerators of KPIs that are means with an interval. #}
{% macro measures_with_deviations() %}
    {%- set found = [] -%}
    {%- set simple = metric_measures() -%}
    {%- for metric in kpi_metrics() if metric.config.meta.get('interval') in ['student', 'log_student'] -%}
        {%- do found.append(kpi_parts(metric, simple)[0]) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# The dimensions of a semantic model that are segments: {segment_type: expression}. #}
{% macro segment_dimensions(semantic_model) %}
    {%- set found = {} -%}
    {%- for dimension in semantic_model.dimensions if dimension.type == 'categorical' -%}
        {%- do found.update({dimension.name: dimension.expr or dimension.name}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#
    The canonical entities whose loading a KPI may wait for, as (entity, rank). Entities of rank 0 are its own, those of
    higher ranks replace them where no source fills them. `entities: all` are those of every source. `int_kpi_coverage` takes the smallest rank that sources fill.
#}
{% macro kpi_entities(parts, measures) %}
    {%- set found = [] -%}
    {%- for part in parts if part -%}
        {%- set meta = measures[part].semantic_model.config.meta -%}
        {%- set own = var('source_entities').values() | sum(start=[]) | unique | sort if meta.entities == 'all' else meta.entities -%}
        {%- for entity in own if (entity, 0) not in found -%}
            {%- do found.append((entity, 0)) -%}
        {%- endfor -%}
        {%- for entity in meta.get('otherwise', []) if (entity, loop.index) not in found -%}
            {%- do found.append((entity, loop.index)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# Whether the KPI's values can be added up over periods and segments: those of a sum over a fact, not of a stock. #}
{% macro is_additive(metric, measures) %}
    {%- if metric.type != 'simple' -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set found = measures[metric_measures()[metric.name]] -%}
    {{ return(not is_stock(found) and found.measure.agg in ['sum', 'count', 'sum_boolean']) }}
{% endmacro %}


{#
    Why the segments of a KPI cannot explain its changes, none where they can: `derived` from other KPIs, each with
    segments of its own; a `share_of_all`, whose segments are the shares; `not_a_sum`, as percentiles and distinct counts.
    Where segments overlap follows from the data: see `fct_kpi_driver`.
#}
{% macro why_no_drivers(metric, measures) %}
    {%- if metric.type == 'derived' -%}
        {{ return('derived') }}
    {%- elif metric.config.meta.get('denominator_segment') == 'all' -%}
        {{ return('share_of_all') }}
    {%- endif -%}
    {%- for part in kpi_parts(metric, metric_measures()) | select
        if measures[part].measure.agg not in ['sum', 'count', 'sum_boolean'] -%}
        {{ return('not_a_sum') }}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}


{# Whether a measure is a level at the end of a period. `found` is an entry of `kpi_measures`. #}
{% macro is_stock(found) %}
    {{ return(found.measure.config.meta.get('is_stock', found.semantic_model.config.meta.get('is_stock', false))) }}
{% endmacro %}


{# Whether a measure counts or adds up events, so that it is zero where there are none. #}
{% macro counts_events(found) %}
    {{ return(not is_stock(found) and found.measure.agg in ['sum', 'count', 'sum_boolean', 'count_distinct']) }}
{% endmacro %}


{#
    What a KPI is in a period without events: `zero` for counts, sums and shares of all events; `nothing` for other ratios
    and percentiles; none for stocks, which do not depend on events, and for what is derived from other KPIs.
#}
{% macro without_events(metric, measures) %}
    {%- if metric.type == 'ratio' -%}
        {{ return('zero' if metric.config.meta.get('denominator_segment') == 'all' else 'nothing') }}
    {%- endif -%}
    {%- if metric.type == 'derived' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set found = measures[metric_measures()[metric.name]] -%}
    {%- if is_stock(found) -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return('zero' if counts_events(found) else 'nothing') }}
{% endmacro %}


{#
    Whether the numerator of a ratio counts events of another fact than its denominator. Without events it is zero then;
    where both are of one fact, it is missing because it is unknown.
#}
{% macro has_own_events(parts, measures) %}
    {%- set numerator, denominator = parts -%}
    {{ return(
        denominator is not none
        and measures[numerator].semantic_model.name != measures[denominator].semantic_model.name
        and counts_events(measures[numerator])
    ) }}
{% endmacro %}


{#
    The measures that are zero where there are no events: numerators of counts, sums and of ratios over another fact. It
    has to be known whether there are events without a value, which make it unknown.
#}
{% macro measures_of_events() %}
    {%- set found = [] -%}
    {%- set simple = metric_measures() -%}
    {%- set measures = kpi_measures() -%}
    {%- for metric in kpi_metrics() -%}
        {%- set parts = kpi_parts(metric, simple) -%}
        {%- if without_events(metric, measures) == 'zero' or has_own_events(parts, measures) -%}
            {%- do found.append(parts[0]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# A text as an SQL literal; NULL where there is none. #}
{% macro sql_text(text) -%}
    {%- if text -%} '{{ text | replace("'", "''") }}' {%- else -%} cast(null as string) {%- endif -%}
{%- endmacro %}


{# The bounds of the values of a unit, `none` for those without: a metric whose values have others says so by `range`. #}
{% macro usual_range(unit) %}
    {{ return({'ratio': [0, 1], 'seconds': [0, none], 'days': [0, none], 'count': [0, none]}.get(unit, [none, none])) }}
{% endmacro %}
