{#
    Sales by the segment that the customer had, by recency, frequency and monetary value, on the day before the period: one
    row per grain, period and segment. Sales without a customer are `unknown`. No rows where the settings have no limits.
#}
with

sales as (

    select * from {{ ref('fct_sale') }}
    where sold_on is not null and exists (select 1 from {{ source('control', 'rfm_band') }})

),

segments as (

    select * from {{ ref('int_customer_segments') }}
    where segment_type = 'rfm'

),

grains as (

    {{ grain_rows() }}

),

dated as (

    select
        grains.grain,
        {{ period_start('grains.grain', 'sales.sold_on') }} as period_start,
        sales.customer_id,
        sales.amount,
        sales.is_refund
    from sales
    cross join grains

)

select
    dated.grain,
    dated.period_start,
    'rfm' as segment_type,
    coalesce(segments.segment, 'unknown') as segment,
    sum(dated.amount) as amount,
    sum(case when not dated.is_refund then dated.amount end) as purchases_amount,
    count(case when not dated.is_refund then dated.amount end) as sales,
    count(distinct case when not dated.is_refund and dated.amount is not null then dated.customer_id end) as customers
from dated
left join segments
    on
        dated.customer_id = segments.customer_id
        and dated.period_start > segments.valid_from
        and dated.period_start <= segments.valid_until
group by dated.grain, dated.period_start, coalesce(segments.segment, 'unknown')
