{#
    What customers are worth, one row per grain (month, quarter, year), period that has ended, and segment: the sums that the
    KPIs of customer value divide.

    What is said of a year is that of the twelve months that end with the period. It is unknown where the sales do not reach
    back to their beginning, but for a month, and margins count only of sources that deliver them in all of these months.
    Distinct customers of twelve months do not follow from those of shorter periods: each month is computed from the customers.
#}
with

parameters as (

    select
        longest_lifetime.value as longest_lifetime,
        minimum_lost.value as minimum_lost,
        discount_rate.value as discount_rate,
        save_rate.value as save_rate,
        action_cost.value as action_cost,
        at_risk_days.value as at_risk_days
    from {{ kpi_parameter('clv', 'longest_lifetime_years', 'double') }} as longest_lifetime
    cross join {{ kpi_parameter('clv', 'minimum_lost', 'integer') }} as minimum_lost
    cross join {{ kpi_parameter('clv_discounted', 'discount_rate', 'double') }} as discount_rate
    cross join {{ kpi_parameter('churn_action_value', 'save_rate', 'double') }} as save_rate
    cross join {{ kpi_parameter('churn_action_value', 'action_cost', 'double') }} as action_cost
    cross join {{ kpi_parameter('churn_action_value', 'at_risk_days', 'integer') }} as at_risk_days

),

span as (

    select
        spans.first_day,
        greatest(spans.last_day, coalesce(coverage.last_day, spans.last_day)) as last_day
    from {{ ref('int_observed_spans') }} as spans
    left join {{ ref('int_kpi_coverage') }} as coverage on coverage.kpi = 'revenue'
    where spans.fact = 'sales'

),

-- The months that have ended, each with the twelve months that end with it.
years as (

    select
        periods.period_end as year_end,
        periods.last_day,
        {{ same_period_last_year("'month'", 'periods.period_end') }} as year_start,
        {{ same_period_last_year("'month'", 'periods.period_end') }} >= {{ add_days('span.first_day', -31) }} as is_known
    from {{ ref('int_periods') }} as periods
    inner join span on periods.last_day >= span.first_day and periods.last_day <= span.last_day
    where periods.grain = 'month' and periods.last_day = {{ add_days('periods.period_end', -1) }}

),

-- Without those that customers change: in a year, or in a life, a customer is in several of them.
segments as (

    select * from {{ ref('int_customer_segments') }}
    where segment_type != 'rfm'

),

sales_months as (

    select * from {{ ref('int_customer_sales_months') }}

),

customer_years as (

    select
        years.year_end,
        sales_months.customer_id,
        sum(sales_months.orders) as orders,
        sum(sales_months.amount) as amount,
        sum(case when sales_months.margin_from <= years.year_start then sales_months.orders_with_margin else 0 end)
            as orders_with_margin,
        sum(case when sales_months.margin_from <= years.year_start then sales_months.margin else 0 end) as margin
    from sales_months
    inner join years on sales_months.month >= years.year_start and sales_months.month < years.year_end
    where years.is_known
    group by years.year_end, sales_months.customer_id

),

buyers as (

    select
        customer_years.year_end,
        segments.segment_type,
        segments.segment,
        count(*) filter (where customer_years.orders > 0) as customers,
        sum(customer_years.amount) as amount,
        count(*) filter (where customer_years.orders_with_margin > 0) as customers_with_margin,
        sum(customer_years.margin) filter (where customer_years.orders_with_margin > 0) as margin
    from customer_years
    inner join segments on customer_years.customer_id = segments.customer_id
    group by customer_years.year_end, segments.segment_type, segments.segment

),

spans as (

    select
        *,
        min(active_from) over (partition by customer_id) as first_day
    from {{ ref('int_customer_active_spans') }}

),

at_start as (

    select
        years.year_end,
        spans.customer_id
    from spans
    inner join years on spans.active_from < years.year_start and spans.active_until >= years.year_start
    where years.is_known

),

at_end as (

    select
        years.year_end,
        spans.customer_id,
        -- A date of 1900 is no age.
        case
            when {{ days_between('spans.first_day', 'years.year_end') }} < 18263
                then {{ days_between('spans.first_day', 'years.year_end') }}
        end as age_days
    from spans
    inner join years on spans.active_from <= years.last_day and spans.active_until > years.last_day
    where years.is_known

),

memberships as (

    select
        coalesce(at_start.year_end, at_end.year_end) as year_end,
        coalesce(at_start.customer_id, at_end.customer_id) as customer_id,
        case when at_start.customer_id is not null then 1 else 0 end as was_customer,
        case when at_start.customer_id is not null and at_end.customer_id is null then 1 else 0 end as was_lost,
        at_end.age_days
    from at_start
    full outer join at_end on at_start.year_end = at_end.year_end and at_start.customer_id = at_end.customer_id

),

-- One divided by the yearly churn. Where few were lost, one more or less would change it by years: then at least
-- `minimum_lost` are reckoned with, and no less than the time that customers have been customers so far.
lifetimes as (

    select
        memberships.year_end,
        segments.segment_type,
        segments.segment,
        case
            when sum(memberships.was_customer) > 0
                then least(
                    greatest(
                        cast(sum(memberships.was_customer) as double)
                        / greatest(sum(memberships.was_lost), max(parameters.minimum_lost)),
                        case
                            when sum(memberships.was_lost) < max(parameters.minimum_lost)
                                then
                                    cast(sum(memberships.age_days) as double)
                                    / nullif(count(memberships.age_days), 0) / 365.25
                        end
                    ),
                    max(parameters.longest_lifetime)
                )
        end as lifetime_years
    from memberships
    inner join segments on memberships.customer_id = segments.customer_id
    cross join parameters
    group by memberships.year_end, segments.segment_type, segments.segment

),

purchase_days as (

    select distinct
        customer_id,
        sold_on
    from {{ ref('fct_sale') }}
    where customer_id is not null and amount > 0

),

gaps as (

    select
        customer_id,
        sold_on,
        lead(sold_on) over (partition by customer_id order by sold_on) as next_sold_on
    from purchase_days

),

silences as (

    select
        gaps.customer_id,
        {{ add_days('gaps.sold_on', 'parameters.at_risk_days') }} as silent_from,
        coalesce(gaps.next_sold_on, date '9999-12-31') as silent_until
    from gaps
    cross join parameters

),

-- Customers who have not bought for some time and are customers still.
at_risk as (

    select
        at_end.year_end,
        segments.segment_type,
        segments.segment,
        count(*) as customers,
        sum(customer_years.margin) as margin
    from silences
    inner join years on silences.silent_from <= years.last_day and silences.silent_until > years.last_day
    inner join at_end on silences.customer_id = at_end.customer_id and years.year_end = at_end.year_end
    inner join customer_years
        on at_end.customer_id = customer_years.customer_id and at_end.year_end = customer_years.year_end
    inner join segments on at_end.customer_id = segments.customer_id
    where customer_years.orders_with_margin > 0 and silences.silent_from < silences.silent_until
    group by at_end.year_end, segments.segment_type, segments.segment

),

-- Since acquisition, the first purchase: customers who are known from their first day on, until a sale whose margin is
-- unknown.
acquired as (

    select
        sales_months.customer_id,
        min(case when sales_months.orders > 0 then sales_months.month end) as acquired_in,
        min(case when sales_months.sales_without_margin > 0 then sales_months.month end) as unknown_from
    from sales_months
    cross join span
    inner join {{ ref('dim_customer') }} as customers on sales_months.customer_id = customers.customer_id
    where coalesce(cast(customers.became_customer_at as date) >= span.first_day, true)
    group by sales_months.customer_id
    having sum(sales_months.orders) > 0

),

margin_months as (

    select
        sales_months.customer_id,
        sales_months.month,
        acquired.unknown_from,
        sales_months.margin_as_customer as margin,
        case
            when row_number() over (partition by sales_months.customer_id order by sales_months.month, sales_months.source) = 1
                then 1
            else 0
        end as customers
    from sales_months
    inner join acquired on sales_months.customer_id = acquired.customer_id
    where
        sales_months.month >= acquired.acquired_in
        and (acquired.unknown_from is null or sales_months.month < acquired.unknown_from)

),

margin_changes as (

    select
        customer_id,
        month,
        margin,
        customers
    from margin_months

    union all

    select
        customer_id,
        unknown_from as month,
        -margin as margin,
        -customers as customers
    from margin_months
    where unknown_from is not null

),

monthly_margins as (

    select
        segments.segment_type,
        segments.segment,
        margin_changes.month,
        sum(margin_changes.margin) as margin,
        sum(margin_changes.customers) as customers
    from margin_changes
    inner join segments on margin_changes.customer_id = segments.customer_id
    group by segments.segment_type, segments.segment, margin_changes.month

),

running_margins as (

    select
        segment_type,
        segment,
        month,
        sum(margin) over so_far as margin,
        sum(customers) over so_far as customers
    from monthly_margins
    window so_far as (partition by segment_type, segment order by month rows unbounded preceding)

),

known_segments as (

    select distinct
        segment_type,
        segment
    from segments

),

measured as (

    select
        years.year_end,
        known_segments.segment_type,
        known_segments.segment,
        buyers.customers as buyers,
        cast(buyers.amount as double) * lifetimes.lifetime_years as customer_value,
        lifetimes.lifetime_years,
        buyers.customers_with_margin as buyers_with_margin,
        -- The retention is 1 − 1 ÷ lifetime: the sum over all years from the current one on.
        case
            when lifetimes.lifetime_years is not null
                then
                    cast(buyers.margin as double) * (1 + parameters.discount_rate)
                    / (parameters.discount_rate + 1 / greatest(lifetimes.lifetime_years, 1))
        end as discounted_value,
        -- A sum of long ago is not said again for ever: a sale of 1900 makes no century of rows.
        case when {{ days_between('running_margins.month', 'years.year_end') }} <= 400 then running_margins.customers end
            as customers_with_margin,
        cast(running_margins.margin as double) as cumulated_margin,
        at_risk.customers as customers_at_risk,
        cast(at_risk.margin as double) * parameters.save_rate - parameters.action_cost * at_risk.customers as action_value
    from years
    cross join known_segments
    cross join parameters
    left join buyers using (year_end, segment_type, segment)
    left join lifetimes using (year_end, segment_type, segment)
    left join at_risk using (year_end, segment_type, segment)
    {{ asof_left_join(
        'running_margins',
        alias='running_margins',
        equal={'known_segments.segment_type': 'segment_type', 'known_segments.segment': 'segment'},
        moment='years.last_day',
        valid_from='month'
    ) }}

)

select
    periods.grain,
    periods.period_start,
    measured.segment_type,
    measured.segment,
    measured.lifetime_years,
    nullif(measured.buyers, 0) as buyers,
    case when measured.buyers > 0 then measured.customer_value end as customer_value,
    nullif(measured.buyers_with_margin, 0) as buyers_with_margin,
    case when measured.buyers_with_margin > 0 then measured.discounted_value end as discounted_value,
    nullif(measured.customers_with_margin, 0) as customers_with_margin,
    case when measured.customers_with_margin > 0 then measured.cumulated_margin end as cumulated_margin,
    measured.customers_at_risk,
    measured.action_value
from measured
inner join {{ ref('int_periods') }} as periods on measured.year_end = periods.period_end
where
    periods.grain in ('month', 'quarter', 'year')
    and (measured.buyers > 0 or measured.customers_with_margin > 0 or measured.customers_at_risk > 0)
