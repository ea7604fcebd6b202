{# E-mail events that no KPI has: they match no send of a campaign that has sends. #}
select
    source,
    campaign_id,
    count(*) as recipients,
    cast(sum(event_count) as bigint) as events
from {{ ref('int_email_event_sends') }}
where not is_matched
group by source, campaign_id
