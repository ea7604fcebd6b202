{# Days of advertising campaigns. Clicks count where impressions are known: a ratio has both sides of the same days. #}
select
    stats.source || ':' || stats.campaign_id || ':' || cast(stats.date as string) as ad_day_key,
    stats.source,
    stats.date as shown_on,
    {{ known_campaign_id('stats') }} as campaign_id,
    stats.impressions,
    stats.clicks,
    stats.conversions,
    stats.cost
from {{ ref('canonical__ad_stat') }} as stats
{{ join_campaign_id('stats') }}
where stats.date <= {{ as_of_day() }}
