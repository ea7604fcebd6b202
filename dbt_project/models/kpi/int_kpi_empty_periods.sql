{#
    The periods without events that the sources of a KPI cover: counts, sums and shares are zero in them, other KPIs have no
    value. Rows of the same form as those of `int_kpi_values`, and none that it has.

    They fill the silences between and after periods with events. The whole has them for 400 days after a period with
    events, at most: an older date, such as one of 1900, is more likely to be wrong than a company to be quiet. A segment has
    them only where it is zero and was there in an earlier period, for 92 days at most and for less time than it had been
    there: otherwise each campaign that ended and each person who left would have zeros for ever. The silence after the
    newest row of an archive is not filled: what comes after it is from another source, and no source covers the time
    between them.
#}
with

kpi_values as (

    select * from {{ ref('int_kpi_values') }}

),

definitions as (

    select * from {{ ref('int_kpi_definitions') }}

),

coverage as (

    select * from {{ ref('int_kpi_coverage') }}

),

periods_with_events as (

    select
        kpi_values.kpi,
        kpi_values.grain,
        kpi_values.segment_type,
        kpi_values.segment,
        kpi_values.period_start,
        {{ period_end('kpi_values.grain', 'kpi_values.period_start') }} as period_end,
        {{ days_of_zeros('kpi_values.segment_type') }} as most_days,
        definitions.without_events = 'zero' as is_zero,
        min(kpi_values.period_start) over series as first_start,
        lead(kpi_values.period_start) over (
            partition by kpi_values.kpi, kpi_values.grain, kpi_values.segment_type, kpi_values.segment
            order by kpi_values.period_start
        ) as next_start
    from kpi_values
    inner join definitions on kpi_values.kpi = definitions.kpi
    where
        definitions.without_events = 'zero'
        or (definitions.without_events = 'nothing' and kpi_values.segment_type = 'all')
    window series as (partition by kpi_values.kpi, kpi_values.grain, kpi_values.segment_type, kpi_values.segment)

),

silences as (

    select
        periods_with_events.*,
        coverage.open_day,
        least(
            {{ add_days('periods_with_events.period_end', 'periods_with_events.most_days') }},
            coalesce(periods_with_events.next_start, {{ add_days('coverage.last_day', 1) }}),
            {{ add_days('coverage.last_day', 1) }}
        ) as silent_until
    from periods_with_events
    inner join coverage on periods_with_events.kpi = coverage.kpi
    where
        coverage.last_day >= periods_with_events.period_end
        and (
            periods_with_events.segment_type = 'all' or periods_with_events.first_start < periods_with_events.period_start
        )
        and coalesce(
            coverage.archived_on < periods_with_events.period_start
            or coverage.archived_on >= periods_with_events.period_end,
            true
        )

),

silent_days as (

    select
        kpi,
        grain,
        segment_type,
        segment,
        first_start,
        period_end,
        is_zero,
        open_day,
        {{ every_day('period_end', add_days('silent_until', -1)) }} as day
    from silences
    where period_end < silent_until

),

empty_periods as (

    select
        kpi,
        grain,
        day as period_start,
        segment_type,
        segment
    from silent_days
    where
        day = {{ period_start('grain', 'day') }}
        -- Until a period has ended, a ratio is not missed.
        and (is_zero or {{ period_end('grain', 'day') }} <= open_day)
        and (
            segment_type = 'all'
            or {{ days_between('period_end', period_end('grain', 'day')) }} < {{ days_between('first_start', 'period_end') }}
        )

),

-- What the segments of a share are divided by.
totals as (

    select
        kpi_values.kpi,
        kpi_values.grain,
        kpi_values.period_start,
        kpi_values.denominator,
        kpi_values.sample_size
    from kpi_values
    inner join definitions on kpi_values.kpi = definitions.kpi
    where definitions.is_share_of_all and kpi_values.segment_type = 'all'

)

select
    empty_periods.kpi,
    empty_periods.grain,
    empty_periods.period_start,
    empty_periods.segment_type,
    empty_periods.segment,
    cast(case when definitions.without_events = 'zero' then 0 end as double) as value,
    cast(case when definitions.without_events = 'zero' then 0 end as double) as numerator,
    case
        when definitions.is_share_of_all then totals.denominator
        when definitions.denominator_measure is not null then cast(0 as double)
    end as denominator,
    coalesce(totals.sample_size, 0) as sample_size,
    cast(null as double) as squared_deviations,
    cast(null as double) as promoters,
    cast(null as double) as detractors,
    cast(null as double) as low_bound,
    cast(null as double) as high_bound
from empty_periods
inner join definitions on empty_periods.kpi = definitions.kpi
left join totals
    on
        empty_periods.kpi = totals.kpi
        and empty_periods.grain = totals.grain
        and empty_periods.period_start = totals.period_start
-- A share needs a total.
where not definitions.is_share_of_all or totals.denominator is not null
