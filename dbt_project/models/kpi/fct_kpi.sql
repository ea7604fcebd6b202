with

run as (

    select
        *,
        cast(as_of as date) as as_of_day
    from {{ source('control', 'run') }}

),

every_kpi as (

    select * from {{ ref('int_kpi_values') }}
    union all
    select * from {{ ref('int_kpi_empty_periods') }}
    union all
    select
        kpi,
        grain,
        period_start,
        segment_type,
        segment,
        value,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        sample_size,
        cast(null as double) as squared_deviations,
        cast(null as double) as promoters,
        cast(null as double) as detractors,
        low_bound,
        high_bound
    from {{ ref('int_kpi_derived') }}

),

kpi_values as (

    select
        *,
        {{ period_end('grain', 'period_start') }} as period_end
    from every_kpi

),

definitions as (

    select * from {{ ref('int_kpi_definitions') }}

),

coverage as (

    select * from {{ ref('int_kpi_coverage') }}

),

-- Half the width of Student's interval of a mean. Equal values say nothing of their spread: they have no interval.
with_widths as (

    select
        kpi_values.*,
        definitions.interval_method,
        definitions.lowest,
        definitions.highest,
        case
            when denominator > 1 and squared_deviations > 0
                then {{ student_quantile('denominator - 1') }} * sqrt(squared_deviations / (denominator - 1) / denominator)
        end as half_width
    from kpi_values
    inner join definitions on kpi_values.kpi = definitions.kpi

),

with_bounds as (

    select
        *,
        {%- for side, sign in [('low', '-'), ('high', '+')] %}
        case
            when interval_method = 'wilson' and numerator between 0 and denominator
                then {{ wilson_bound('numerator', 'denominator', sign) }}
            when interval_method = 'nps'
                then {{ net_score_bound('promoters', 'detractors', 'denominator', sign) }}
            when interval_method in ('newcombe', 'bounds') then {{ side }}_bound
            when interval_method = 'student' then value {{ sign }} half_width
            -- Of a mean of quantities that are not negative: symmetric on the logarithmic scale, so never below zero.
            when interval_method = 'log_student' and value > 0 then value * exp({{ sign }}half_width / value)
        end as {{ side }}_end{{ ',' if not loop.last }}
        {%- endfor %}
    from with_widths

),

with_intervals as (

    select
        *,
        -- NULL on either side of a comparison leaves the bound as it is.
        case when low_end < lowest then lowest else low_end end as ci_low,
        case when high_end > highest then highest else high_end end as ci_high
    from with_bounds

),

targets as (

    select
        kpi,
        grain,
        target,
        valid_from,
        lead(valid_from) over (partition by kpi, grain order by valid_from) as valid_until
    from {{ source('control', 'kpi_target') }}

),

-- The benchmark of the company's sector where there is one, else the general one.
benchmarks as (

    select
        benchmark.kpi,
        benchmark.grain,
        max(benchmark.bound) filter (where benchmark.level = 'good') as good_bound,
        bool_or(benchmark.is_beyond) filter (where benchmark.level = 'good') as is_good_beyond,
        max(benchmark.bound) filter (where benchmark.level = 'average') as average_bound,
        bool_or(benchmark.is_beyond) filter (where benchmark.level = 'average') as is_average_beyond
    from {{ ref('kpi_benchmark') }} as benchmark
    cross join run
    where
        coalesce(benchmark.sector, '') = coalesce(run.sector, '')
        or (
            benchmark.sector is null
            and not exists (
                select 1
                from {{ ref('kpi_benchmark') }} as own_benchmark
                where own_benchmark.kpi = benchmark.kpi and own_benchmark.sector = run.sector
            )
        )
    group by benchmark.kpi, benchmark.grain

),

-- That of periods of one length takes the place of the one for periods of any length.
benchmarks_by_grain as (

    select
        periods.kpi,
        periods.grain,
        benchmarks.good_bound,
        benchmarks.is_good_beyond,
        benchmarks.average_bound,
        benchmarks.is_average_beyond,
        row_number() over (
            partition by periods.kpi, periods.grain
            order by benchmarks.grain nulls last
        ) as preference
    from (select distinct kpi, grain from kpi_values) as periods
    inner join benchmarks
        on periods.kpi = benchmarks.kpi and coalesce(benchmarks.grain, periods.grain) = periods.grain

),

compared as (

    select
        intervals.kpi,
        intervals.grain,
        intervals.period_start,
        intervals.segment_type,
        intervals.segment,
        intervals.value,
        intervals.numerator,
        intervals.denominator,
        intervals.sample_size,
        -- Between numbers that are rounded to the same one there is no interval.
        case when intervals.ci_low < intervals.ci_high then intervals.ci_low end as ci_low,
        case when intervals.ci_low < intervals.ci_high then intervals.ci_high end as ci_high,
        coalesce(
            {{ add_days('intervals.period_end', 'definitions.maturity_days') }} <= run.as_of_day
            and cast({{ add_days('intervals.period_end', 'definitions.maturity_days') }} as {{ moment_type() }}) <= coverage.loaded_until,
            false
        ) as is_complete,
        previous.value as previous_value,
        previous_year.value as previous_year_value,
        targets.target,
        definitions.direction,
        benchmarks.good_bound,
        benchmarks.is_good_beyond,
        benchmarks.average_bound,
        benchmarks.is_average_beyond,
        run.as_of as computed_at
    from with_intervals as intervals
    inner join definitions on intervals.kpi = definitions.kpi
    cross join run
    left join coverage on intervals.kpi = coverage.kpi
    left join kpi_values as previous
        on
            intervals.kpi = previous.kpi
            and intervals.grain = previous.grain
            and {{ previous_period('intervals.grain', 'intervals.period_start') }} = previous.period_start
            and intervals.segment_type = previous.segment_type
            and intervals.segment = previous.segment
    left join kpi_values as previous_year
        on
            intervals.kpi = previous_year.kpi
            and intervals.grain = previous_year.grain
            and {{ same_period_last_year('intervals.grain', 'intervals.period_start') }} = previous_year.period_start
            and intervals.segment_type = previous_year.segment_type
            and intervals.segment = previous_year.segment
    left join targets
        on
            intervals.kpi = targets.kpi
            and coalesce(targets.grain, intervals.grain) = intervals.grain
            and intervals.period_start >= targets.valid_from
            and (targets.valid_until is null or intervals.period_start < targets.valid_until)
    left join benchmarks_by_grain as benchmarks
        on
            intervals.kpi = benchmarks.kpi
            and intervals.grain = benchmarks.grain
            and benchmarks.preference = 1

)

select
    kpi,
    grain,
    period_start,
    segment_type,
    segment,
    value,
    numerator,
    denominator,
    sample_size,
    ci_low,
    ci_high,
    is_complete,
    previous_value,
    previous_year_value,
    target,
    case
        when value is null then 'none'
        when {{ falls_short('value', 'average_bound', 'is_average_beyond') }} then 'critical'
        when target is not null and {{ is_worse('value', 'target') }} then 'warn'
        when target is not null then 'good'
        when good_bound is null then 'none'
        when {{ falls_short('value', 'good_bound', 'is_good_beyond') }} then 'warn'
        else 'good'
    end as status,
    computed_at
from compared
