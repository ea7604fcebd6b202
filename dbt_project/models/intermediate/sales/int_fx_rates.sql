{# One rate a currency and day; where two sources quote one, the higher-named source's. #}
select
    upper(trim(currency)) as currency,
    date as quoted_on,
    rate
from {{ ref('canonical__fx_rate') }}
where rate > 0 and date <= {{ as_of_day() }}
qualify row_number() over (partition by upper(trim(currency)), date order by source desc) = 1
