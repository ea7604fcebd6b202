{# One rate per currency and day. Where two sources quote one, that of the last source by name counts. #}
with

quotes as (

    select
        *,
        upper(trim(currency)) as currency_code
    from {{ ref('canonical__fx_rate') }}
    where rate > 0 and date <= {{ as_of_day() }}

),

ranked as (

    select
        currency_code,
        date,
        rate,
        row_number() over (partition by currency_code, date order by source desc, currency asc, rate asc) as preference
    from quotes

)

select
    currency_code as currency,
    date as quoted_on,
    rate
from ranked
where preference = 1
