{#
    What campaigns with a known cost cost and brought on each day. Campaigns without one are in neither: what they brought
    would be a return on nothing. Before the first touchpoint of any campaign, and where no sale was ever credited to one, it
    is unknown what campaigns brought.
#}
with

costs as (

    select * from {{ ref('fct_campaign_cost') }}

),

credits as (

    select
        campaign_id,
        sold_on as day,
        cast(0 as decimal(38, 6)) as cost,
        amount as attributed_amount,
        sale_key
    from {{ ref('fct_attribution') }}
    where is_default_model and campaign_id in (select campaign_id from costs)

),

spent as (

    select
        campaign_id,
        spent_on as day,
        amount as cost,
        cast(0 as decimal(38, 6)) as attributed_amount,
        cast(null as string) as sale_key
    from costs
    where
        spent_on >= (
            select min(touchpoints.occurred_on)
            from {{ ref('fct_touchpoint') }} as touchpoints
            where touchpoints.campaign_id is not null and touchpoints.customer_id is not null
        )
        and exists (
            select 1
            from {{ ref('fct_attribution') }} as known_credits
            where known_credits.campaign_id is not null and known_credits.amount is not null
        )

),

days as (

    select * from credits
    union all
    select * from spent

)

select
    campaign_id || ':' || cast(day as string) as campaign_return_key,
    campaign_id,
    day,
    count(distinct sale_key) as sales,
    cast(sum(attributed_amount) as decimal(38, 6)) as attributed_amount,
    cast(sum(cost) as decimal(38, 6)) as cost
from days
group by campaign_id, day
