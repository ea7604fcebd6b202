{#
    What each campaign cost on each day. Advertising platforms, the books and the campaign itself may report the same money:
    of a campaign, the costs of the most exact of them count, and those of the others do not.

    The cost of a campaign as a whole is spread evenly over its days; the days add up to it exactly. A campaign of more
    than 1,000 days, or without an end, has it on its first day; one without any day has none.
#}
with

ad_costs as (

    select
        campaign_id,
        shown_on as spent_on,
        'ad_stat' as reported_by,
        1 as preference,
        cost as amount
    from {{ ref('fct_ad_stat') }}
    where cost is not null

),

spend as (

    select
        *,
        date as spent_on
    from {{ ref('canonical__spend') }}
    where campaign_id is not null and date <= {{ as_of_day() }}

),

booked_costs as (

    select
        {{ known_campaign_id('spend') }} as campaign_id,
        spend.spent_on,
        'spend' as reported_by,
        2 as preference,
        {{ in_company_currency('spend.amount', currency='spend.currency') }} as amount
    from spend
    {{ join_campaign_id('spend') }}
    {{ join_fx_rate('spend', 'currency', 'spent_on') }}

),

campaigns as (

    select
        *,
        cast(coalesce(started_at, ended_at) as date) as first_day,
        cast(ended_at as date) as end_day
    from {{ ref('dim_campaign') }}
    where cost is not null and coalesce(started_at, ended_at) is not null

),

converted as (

    select
        campaigns.campaign_id,
        campaigns.first_day,
        case
            when campaigns.end_day between campaigns.first_day and {{ add_days('campaigns.first_day', 1000) }}
                then campaigns.end_day
            else campaigns.first_day
        end as last_day,
        {{ in_company_currency('campaigns.cost', currency='campaigns.currency') }} as cost
    from campaigns
    {{ join_fx_rate('campaigns', 'currency', 'first_day') }}

),

campaign_days as (

    select
        campaign_id,
        first_day,
        {{ days_between('first_day', 'last_day') }} + 1 as days,
        cost,
        {{ every_day('first_day', 'last_day') }} as spent_on
    from converted

),

amounts_until as (

    select
        campaign_id,
        spent_on,
        case
            when {{ days_between('first_day', 'spent_on') }} + 1 = days then cost
            else cast(
                round(cast(cost as double) * ({{ days_between('first_day', 'spent_on') }} + 1) / days, 6) as decimal(38, 6)
            )
        end as amount_until
    from campaign_days

),

campaign_costs as (

    select
        campaign_id,
        spent_on,
        'campaign' as reported_by,
        3 as preference,
        amount_until - coalesce(lag(amount_until) over (partition by campaign_id order by spent_on), 0) as amount
    from amounts_until

),

costs as (

    select * from ad_costs
    union all
    select * from booked_costs
    union all
    select * from campaign_costs
    where spent_on <= {{ as_of_day() }}

),

preferred as (

    select
        *,
        min(preference) over (partition by campaign_id) as best_preference
    from costs
    where amount is not null

)

select
    campaign_id || ':' || cast(spent_on as string) as campaign_cost_key,
    campaign_id,
    spent_on,
    reported_by,
    cast(sum(amount) as decimal(38, 6)) as amount
from preferred
where preference = best_preference
group by campaign_id, spent_on, reported_by
