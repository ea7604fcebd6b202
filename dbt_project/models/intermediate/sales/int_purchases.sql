{#
    The purchases of people, one row per sale, with what came before: refunds and sales to nobody are none. Two purchases at
    one moment are in the order of their keys.
#}
with

sales as (

    select * from {{ ref('fct_sale') }}
    where not is_refund and customer_id is not null

),

categories as (

    select distinct
        sales.sale_key,
        sales.customer_id,
        sales.sold_at,
        lines.product_category
    from sales
    inner join {{ ref('fct_sale_line') }} as lines on sales.sale_key = lines.sale_key
    where lines.product_category is not null

),

numbered_categories as (

    select
        *,
        row_number() over (partition by customer_id, product_category order by sold_at, sale_key) as purchase_of_category
    from categories

),

first_in_category as (

    select distinct sale_key from numbered_categories
    where purchase_of_category = 1

),

with_earlier as (

    select
        *,
        count(*) over earlier as earlier_purchases,
        count(amount) over earlier as earlier_amounts,
        sum(amount) over earlier as earlier_amount
    from sales
    window earlier as (
        partition by customer_id
        order by sold_at, sale_key
        rows between unbounded preceding and 1 preceding
    )

)

select
    with_earlier.sale_key,
    with_earlier.customer_id,
    with_earlier.sold_on,
    with_earlier.earlier_purchases > 0 as has_earlier_purchase,
    with_earlier.earlier_purchases > 0 and first_in_category.sale_key is not null as has_new_category,
    -- More than the mean of the earlier amounts, without a division.
    with_earlier.earlier_purchases > 0
    and (
        coalesce({{ normalised_word('with_earlier.sale_type') }} in ('upsell', 'up-sell', 'up_sell', 'upselling'), false)
        or coalesce(
            cast(with_earlier.amount as decimal(38, 6)) * cast(with_earlier.earlier_amounts as integer) > with_earlier.earlier_amount,
            false
        )
    ) as is_upsell
from with_earlier
left join first_in_category on with_earlier.sale_key = first_in_category.sale_key
