with

versions as (

    {{ latest_version('fx_rate', key=['date', 'currency']) }}

)

select
    source,
    date,
    currency,
    rate
from versions
