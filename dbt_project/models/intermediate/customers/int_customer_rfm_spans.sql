{#
    The spans of days during which a customer has the same scores by recency, frequency and monetary value,
    `valid_until` not included; from the first purchase on, without gaps. No rows where the settings have no limits.

    A day counts with the purchases up to its end. A sale without an amount in the company's currency is a
    purchase without money. A refund reduces the amount, and is no purchase.
#}
with

bands as (

    select
        *,
        max(score) over (partition by axis) as best_score
    from {{ source('control', 'rfm_band') }}

),

days as (

    select
        customer_id,
        sold_on as day,
        count(*) filter (where not is_refund) as purchases,
        sum(coalesce(amount, 0)) as amount
    from {{ ref('fct_sale') }}
    where customer_id is not null and exists (select 1 from bands)
    group by customer_id, sold_on

),

-- What is known of a customer from a day on, until the next day with a sale.
states as (

    select
        customer_id,
        day,
        lead(day) over (partition by customer_id order by day) as next_day,
        max(case when purchases > 0 then day end) over (
            partition by customer_id order by day rows unbounded preceding
        ) as last_purchase_on,
        sum(purchases) over (partition by customer_id order by day rows unbounded preceding) as purchases,
        sum(amount) over (partition by customer_id order by day rows unbounded preceding) as amount
    from days

),

spans as (

    select
        states.customer_id,
        greatest(
            states.day,
            case when recency.lower_limit is null then states.day
            else {{ add_days('states.last_purchase_on', 'cast(recency.lower_limit as integer) + 1') }} end
        ) as valid_from,
        least(
            coalesce(states.next_day, date '9999-12-31'),
            case when recency.upper_limit is null then date '9999-12-31'
            else {{ add_days('states.last_purchase_on', 'cast(recency.upper_limit as integer) + 1') }} end
        ) as valid_until,
        recency.score as recency_score,
        frequency.score as frequency_score,
        monetary.score as monetary_score,
        recency.best_score as best_recency_score,
        frequency.score = frequency.best_score and monetary.score = monetary.best_score as is_best_buyer
    from states
    inner join bands as recency on recency.axis = 'recency'
    inner join bands as frequency
        on
            frequency.axis = 'frequency'
            and (frequency.lower_limit is null or states.purchases >= frequency.lower_limit)
            and (frequency.upper_limit is null or states.purchases < frequency.upper_limit)
    inner join bands as monetary
        on
            monetary.axis = 'monetary'
            and (monetary.lower_limit is null or states.amount >= monetary.lower_limit)
            and (monetary.upper_limit is null or states.amount < monetary.upper_limit)
    where states.purchases > 0

)

select
    customer_id,
    valid_from,
    valid_until,
    recency_score,
    frequency_score,
    monetary_score,
    case
        when recency_score = 1 then 'lost'
        when recency_score = best_recency_score and is_best_buyer then 'champions'
        when recency_score = 2 and best_recency_score > 2 then 'at risk'
        when frequency_score > 1 then 'loyal'
        else 'promising'
    end as rfm
from spans
where valid_from < valid_until
