{#
    How the customer base changed, one row per grain, period and segment: customers at the start and at the end, those
    gained, those who bought, bought again, recommended.

    At the start means active on the day before the period; at the end means active on its last known day. All of it goes by
    the segment of the day before the period, which is the same before and after: who is at the end was there at the
    start and is not lost, or came in between. What happened
    in a period that begins after the last event, and after the last day that the sources cover, is unknown: it is NULL,
    not 0.
#}
with

segments as (

    select * from {{ ref('int_customer_segments') }}

),

spans as (

    select * from {{ ref('int_customer_active_spans') }}

),

span as (

    select * from {{ ref('int_observed_spans') }}
    where fact = 'customers'

),

coverage as (

    select * from {{ ref('int_kpi_coverage') }}
    where kpi = 'new_customers'

),

periods as (

    select
        periods.*,
        periods.period_start <= greatest(span.last_day, coalesce(coverage.last_day, span.last_day)) as is_observed
    from {{ ref('int_periods') }} as periods
    left join coverage on true
    -- Who is a customer is known as long as the sources cover it, and for some time after the last event.
    inner join span
        on
            periods.period_end > span.first_day
            and periods.period_start <= greatest(span.known_until, coalesce(coverage.last_day, span.known_until))

),

-- The days on which a customer is active and belongs to a segment.
memberships as (

    select
        segments.segment_type,
        segments.segment,
        greatest(spans.active_from, segments.valid_from) as first_day,
        least(spans.active_until, segments.valid_until) as end_day
    from spans
    inner join segments
        on
            spans.customer_id = segments.customer_id
            and spans.active_from < segments.valid_until
            and spans.active_until > segments.valid_from

),

changes as (

    select
        segment_type,
        segment,
        first_day as day,
        1 as change
    from memberships

    union all

    select
        segment_type,
        segment,
        end_day as day,
        -1 as change
    from memberships

),

daily_changes as (

    select
        segment_type,
        segment,
        day,
        sum(change) as change
    from changes
    group by segment_type, segment, day

),

running as (

    select
        segment_type,
        segment,
        day,
        sum(change) over (partition by segment_type, segment order by day rows unbounded preceding) as active_customers
    from daily_changes

),

grains as (

    select distinct grain from periods

),

activities as (

    select * from {{ ref('int_customer_activities') }}

),

flagged as (

    select
        activities.*,
        spans.customer_id is not null as was_customer_at_start
    from activities
    left join spans
        on
            activities.customer_id = spans.customer_id
            and activities.period_start > spans.active_from
            and activities.period_start <= spans.active_until

),

flows as (

    select
        flagged.grain,
        flagged.period_start,
        segments.segment_type,
        segments.segment,
        count(*) filter (where flagged.became > 0) as new_customers,
        count(*) filter (where flagged.purchases > 0) as buyers,
        count(*) filter (where flagged.purchases > 1) as repeat_buyers,
        count(*) filter (where flagged.purchases_and_deals > 0 and flagged.was_customer_at_start)
            as returning_customers,
        count(*) filter (where flagged.has_earlier_purchase) as buyers_who_had_bought,
        count(*) filter (where flagged.has_earlier_purchase and flagged.is_cross_sold) as cross_sold_buyers,
        count(*) filter (where flagged.has_upsell) as upsold_buyers,
        count(*) filter (where flagged.referrals > 0) as recommending_customers
    from flagged
    inner join segments
        on
            flagged.customer_id = segments.customer_id
            and flagged.period_start > segments.valid_from
            and flagged.period_start <= segments.valid_until
    group by flagged.grain, flagged.period_start, segments.segment_type, segments.segment

),

-- Customers at the start who are none at the end: a span ends, and no other one includes the last day.
endings as (

    select distinct
        periods.grain,
        periods.period_start,
        periods.last_day,
        spans.customer_id
    from (
        select
            spans.*,
            grains.grain,
            {{ period_start('grains.grain', 'spans.active_until') }} as period_start
        from spans
        cross join grains
    ) as spans
    inner join periods on spans.grain = periods.grain and spans.period_start = periods.period_start
    where spans.active_from < periods.period_start and spans.active_until <= periods.last_day

),

losses as (

    select
        endings.grain,
        endings.period_start,
        segments.segment_type,
        segments.segment,
        count(*) as lost_customers
    from endings
    inner join segments
        on
            endings.customer_id = segments.customer_id
            and endings.period_start > segments.valid_from
            and endings.period_start <= segments.valid_until
    left join spans as later_spans
        on
            endings.customer_id = later_spans.customer_id
            and endings.last_day >= later_spans.active_from
            and endings.last_day < later_spans.active_until
    where later_spans.customer_id is null
    group by endings.grain, endings.period_start, segments.segment_type, segments.segment

),

-- Customers at the end who were none at the start: a span includes the last day, and none the day before the period.
beginnings as (

    select
        periods.grain,
        periods.period_start,
        spans.customer_id
    from (
        select
            spans.*,
            grains.grain,
            {{ period_start('grains.grain', 'spans.active_from') }} as period_start
        from spans
        cross join grains
    ) as spans
    inner join periods on spans.grain = periods.grain and spans.period_start = periods.period_start
    where spans.active_from <= periods.last_day and spans.active_until > periods.last_day

),

gains as (

    select
        beginnings.grain,
        beginnings.period_start,
        segments.segment_type,
        segments.segment,
        count(*) as gained_customers
    from beginnings
    inner join segments
        on
            beginnings.customer_id = segments.customer_id
            and beginnings.period_start > segments.valid_from
            and beginnings.period_start <= segments.valid_until
    left join spans as earlier_spans
        on
            beginnings.customer_id = earlier_spans.customer_id
            and beginnings.period_start > earlier_spans.active_from
            and beginnings.period_start <= earlier_spans.active_until
    where earlier_spans.customer_id is null
    group by beginnings.grain, beginnings.period_start, segments.segment_type, segments.segment

),

first_days as (

    select
        segment_type,
        segment,
        min(day) as first_day
    from (
        select
            segment_type,
            segment,
            day
        from running

        union all

        -- Whoever became a customer before the first known purchase is new in that period; whoever bought for the first
        -- time was in the segment of those who never had.
        select
            segment_type,
            segment,
            period_start as day
        from flows
        where new_customers > 0 or buyers > 0
    ) as days
    group by segment_type, segment

),

-- Before it, it is unknown how many customers there were.
first_known as (

    select min(day) as first_day from running

),

stocks as (

    select
        periods.grain,
        periods.period_start,
        periods.is_observed,
        first_days.segment_type,
        first_days.segment,
        case when periods.last_day >= first_known.first_day then coalesce(at_start.active_customers, 0) end
            as customers_at_start,
        at_end.day as changed_on
    from periods
    cross join first_known
    inner join first_days on periods.last_day >= first_days.first_day
    {{ asof_left_join(
        'running',
        alias='at_start',
        equal={'first_days.segment_type': 'segment_type', 'first_days.segment': 'segment'},
        moment='periods.period_start',
        valid_from='day',
        operator='>'
    ) }}
    {{ asof_left_join(
        'running',
        alias='at_end',
        equal={'first_days.segment_type': 'segment_type', 'first_days.segment': 'segment'},
        moment='periods.last_day',
        valid_from='day'
    ) }}

),

levels as (

    select
        stocks.*,
        stocks.customers_at_start - coalesce(losses.lost_customers, 0) as kept_customers,
        stocks.customers_at_start - coalesce(losses.lost_customers, 0) + coalesce(gains.gained_customers, 0)
            as active_customers
    from stocks
    left join losses using (grain, period_start, segment_type, segment)
    left join gains using (grain, period_start, segment_type, segment)

)

select
    levels.grain,
    levels.period_start,
    levels.segment_type,
    levels.segment,
    levels.customers_at_start,
    levels.active_customers,
    case when exists (select 1 from activities where referrals > 0) then levels.active_customers end
        as customers_who_may_recommend,
    case when levels.is_observed then coalesce(flows.new_customers, 0) end as new_customers,
    -- Without purchases and without a system that records when customers leave, nobody would ever be lost.
    case
        when
            levels.is_observed
            and (
                exists (select 1 from activities where purchases_and_deals > 0)
                or exists (select 1 from {{ ref('int_customers') }} where is_lifecycle_maintained)
            )
            then levels.kept_customers
    end as kept_customers,
    -- Where no purchase was ever observed, it is unknown who bought.
    {%- for column in ['buyers', 'repeat_buyers', 'returning_customers', 'buyers_who_had_bought'] %}
    case
        when levels.is_observed and exists (select 1 from activities where purchases > 0)
            then coalesce(flows.{{ column }}, 0)
    end as {{ column }},
    {%- endfor %}
    -- Where no amount was ever known, it is unknown who bought for more.
    case
        when levels.is_observed and exists (select 1 from {{ ref('fct_sale') }} where not is_refund and amount is not null)
            then coalesce(flows.upsold_buyers, 0)
    end as upsold_buyers,
    -- Where no category was ever named, it is unknown who bought from a second one.
    case
        when levels.is_observed and exists (select 1 from activities where categories > 0) then coalesce(flows.cross_sold_buyers, 0)
    end as cross_sold_buyers,
    case when levels.is_observed then coalesce(flows.recommending_customers, 0) end as recommending_customers
from levels
left join flows using (grain, period_start, segment_type, segment)
-- Where there are no customers any more, that is said for as long as counts of nothing are: a date of 1900 makes no century
-- of rows.
where
    levels.customers_at_start > 0
    or levels.active_customers > 0
    or flows.grain is not null
    or {{ days_between('levels.changed_on', 'levels.period_start') }} <= {{ days_of_zeros('levels.segment_type') }}
