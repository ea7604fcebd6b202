{# What is derived from the interactions of a ticket, for the systems whose tickets lack these columns. #}
select
    ticket_key,
    count(*) as interaction_count,
    count(*) filter (where author = 'agent' and is_public) as agent_reply_count,
    min(occurred_at) filter (where author = 'agent' and is_public) as first_agent_reply_at,
    bool_or(author = 'agent') as has_agent,
    sum(handling_seconds) as handling_seconds,
    bool_or(is_author_delivered) as has_known_authors
from {{ ref('int_interactions') }}
where ticket_key is not null
group by ticket_key
