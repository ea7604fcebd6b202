{% test plausible_values(model) %}
{#
    Fails for each KPI value that cannot be right: it is infinite, or it or its interval is beyond the range of the KPI; the
    interval does not contain it, or has no width although the values that it is the mean of differ.
#}
with

values_with_range as (

    select
        kpi_values.kpi,
        kpi_values.grain,
        kpi_values.period_start,
        kpi_values.segment_type,
        kpi_values.segment,
        kpi_values.value,
        kpi_values.ci_low,
        kpi_values.ci_high,
        coalesce(definitions.lowest, cast('-infinity' as double)) as lowest,
        coalesce(definitions.highest, cast('infinity' as double)) as highest,
        spreads.squared_deviations
    from {{ model }} as kpi_values
    inner join {{ ref('int_kpi_definitions') }} as definitions on kpi_values.kpi = definitions.kpi
    left join {{ ref('int_kpi_values') }} as spreads
        on
            kpi_values.kpi = spreads.kpi
            and kpi_values.grain = spreads.grain
            and kpi_values.period_start = spreads.period_start
            and kpi_values.segment_type = spreads.segment_type
            and kpi_values.segment = spreads.segment
    where kpi_values.value is not null

)

select *
from values_with_range
where
    abs(value) = cast('infinity' as double)
    or value != value
    -- Of 10^9 seconds the last bit is a ten-millionth.
    or value < lowest - 1e-6
    or value > highest + 1e-6
    or ci_low < lowest - 1e-6
    or ci_high > highest + 1e-6
    or ci_low > value + 1e-6 * greatest(1, abs(value))
    or ci_high < value - 1e-6 * greatest(1, abs(value))
    or (ci_low = ci_high and squared_deviations > 0)
{% endtest %}
