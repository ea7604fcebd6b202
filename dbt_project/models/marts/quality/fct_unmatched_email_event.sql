{# E-mail events that no KPI has: they match no send of a campaign that has sends. #}
select
    events.source,
    {{ known_campaign_id('events') }} as campaign_id,
    count(*) as recipients,
    cast(sum(event_count) as bigint) as events
from {{ ref('int_email_event_sends') }} as events
{{ join_campaign_id('events') }}
where not events.is_matched
group by events.source, {{ known_campaign_id('events') }}
