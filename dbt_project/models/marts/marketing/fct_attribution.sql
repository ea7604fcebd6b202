{#
    The amount of each sale, credited to the touchpoints of its customer in the window before it, by five models. A sale
    without any has no row: its amount is credited to nothing.

    Shares are added up along the path, and the credit of a touchpoint is the amount up to it less the amount before it,
    each to six decimals. So the credits of a sale are exactly its amount, by each model. Credits of zero have no row.
#}

with

sales as (

    select * from {{ ref('fct_sale') }}
    where customer_id is not null

),

touchpoints as (

    select * from {{ ref('fct_touchpoint') }}
    where customer_id is not null

),

parameters as (

    select
        attribution_window.value as window_seconds,
        half_lives.value as half_life_seconds,
        models.value as default_model
    from {{ kpi_parameter('attributed_revenue', 'window', 'double') }} as attribution_window
    cross join {{ kpi_parameter('attributed_revenue', 'half_life', 'double') }} as half_lives
    cross join {{ kpi_parameter('attributed_revenue', 'model') }} as models

),

-- Of touchpoints at the same moment the keys decide which comes first.
paths as (

    select
        sales.sale_key,
        sales.sold_at,
        sales.sold_on,
        sales.amount,
        sales.customer_id,
        touchpoints.touchpoint_key,
        touchpoints.channel,
        touchpoints.campaign_id,
        touchpoints.occurred_at,
        {{ microseconds_between('touchpoints.occurred_at', 'sales.sold_at') }} / 1e6 as seconds_before,
        row_number() over (
            partition by sales.sale_key
            order by touchpoints.occurred_at, touchpoints.touchpoint_key
        ) as place,
        count(*) over (partition by sales.sale_key) as touches,
        parameters.half_life_seconds,
        parameters.default_model
    from sales
    cross join parameters
    inner join touchpoints
        on
            sales.customer_id = touchpoints.customer_id
            and sales.sold_at >= touchpoints.occurred_at
            and {{ microseconds_between('touchpoints.occurred_at', 'sales.sold_at') }} <= parameters.window_seconds * 1e6

),

-- Decay counts from the last touchpoint: the shares are the same as from the sale, and none of them is too small a number.
weighted as (

    select
        *,
        pow(
            cast(0.5 as double),
            (seconds_before - min(seconds_before) over (partition by sale_key)) / half_life_seconds
        ) as decay
    from paths

),

decayed as (

    select
        *,
        sum(decay) over (partition by sale_key order by place rows unbounded preceding) as decay_until,
        sum(decay) over (partition by sale_key) as all_decay
    from weighted

),

steps as (

    select
        *,
        coalesce(lag(decay_until) over (partition by sale_key order by place), 0) as decay_before
    from decayed

),

-- The shares of the path before and up to each touchpoint. The last one has what remains.
shares as (

    select
        *,
        {{ unnest_structs(struct_list([
            {
                'model': "'first'",
                'share_before': 'cast(case when place = 1 then 0 else 1 end as double)',
                'share_until': 'cast(1 as double)'
            },
            {'model': "'last'", 'share_before': 'cast(0 as double)', 'share_until': 'cast(0 as double)'},
            {
                'model': "'linear'",
                'share_before': 'cast(place - 1 as double) / touches',
                'share_until': 'cast(place as double) / touches'
            },
            {'model': "'time_decay'", 'share_before': 'decay_before / all_decay', 'share_until': 'decay_until / all_decay'},
            {
                'model': "'position'",
                'share_before': position_share_until('place - 1', 'touches'),
                'share_until': position_share_until('place', 'touches')
            }
        ])) }}
    from steps

),

credits as (

    select
        *,
        -- As a double, the largest amount is one more than an amount can be.
        cast(
            case
                when place = touches or share_until = 1 then amount
                else cast(round(cast(amount as double) * share_until, 6) as decimal(18, 6))
            end
            - case
                when share_before = 1 then amount
                else cast(round(cast(amount as double) * share_before, 6) as decimal(18, 6))
            end
            as decimal(18, 6)
        ) as credit
    from shares

)

select
    sale_key || ':' || model || ':' || touchpoint_key as attribution_key,
    sale_key,
    model,
    model = default_model as is_default_model,
    touchpoint_key,
    customer_id,
    sold_at,
    sold_on,
    channel,
    campaign_id,
    occurred_at,
    place,
    touches,
    credit as amount
from credits
-- A sale without an exchange rate has unknown credits.
where credit is null or credit != 0
