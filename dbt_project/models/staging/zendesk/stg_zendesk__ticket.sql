-- Tickets with what their comments, the people who wrote these, and the groups say. These are streams of their own: what
-- comes late in one of them counts for tickets that are loaded already.
--
-- A reply is a public comment by somebody who is or was agent or administrator and is not the requester. The comment with
-- which a ticket begins is none, nor is what a rule or a bot writes. Where the comments of a ticket are not known from its
-- beginning on, Zendesk's own counts stand for them.
with

tickets as (

    select * from {{ source('raw', 'zendesk__tickets') }}

),

people as (

    select
        _source,
        id,
        email,
        max(case when role in ('agent', 'admin') then 1 else 0 end) over (partition by _source, id) as was_staff,
        row_number() over (
            partition by _source, id order by _version_at desc nulls last, _load_sequence desc, _row desc
        ) as recency
    from {{ source('raw', 'zendesk__users') }}
    where not _is_deleted

),

-- A group that is gone still names the team of its tickets.
groups as (

    select
        _source,
        id,
        name,
        row_number() over (partition by _source, id order by _load_sequence desc, _row desc) as recency
    from {{ source('raw', 'zendesk__groups') }}
    where not _is_deleted

),

comments as (

    select
        _source,
        ticket_id,
        created_at,
        author_id,
        is_public,
        is_machine,
        is_creation,
        row_number() over (partition by _source, id order by _load_sequence desc, _row desc) as recency
    from {{ source('raw', 'zendesk__ticket_events') }}
    where not _is_deleted

),

-- Without their authors comments say nothing.
sources_with_comments as (

    select distinct comments._source
    from comments
    inner join people on comments._source = people._source

),

current_tickets as (

    select
        _source,
        id,
        created_at,
        requester_id,
        row_number() over (
            partition by _source, id order by _version_at desc nulls last, _load_sequence desc, _row desc
        ) as recency
    from tickets
    where not _is_deleted and created_at is not null

),

messages as (

    select
        comments._source,
        comments.ticket_id,
        comments.created_at,
        people.was_staff = 1
        and coalesce(comments.author_id != current_tickets.requester_id, true)
        and not comments.is_creation
        and comments.created_at > current_tickets.created_at as is_reply
    from comments
    inner join people
        on comments._source = people._source and comments.author_id = people.id and people.recency = 1
    inner join current_tickets
        on
            comments._source = current_tickets._source
            and comments.ticket_id = current_tickets.id
            and current_tickets.recency = 1
    where comments.recency = 1 and comments.is_public and not comments.is_machine

),

told as (

    select
        _source,
        ticket_id,
        min(case when is_reply then created_at end) as first_response_at,
        count(case when is_reply then 1 end) as agent_reply_count,
        count(*) as interaction_count
    from messages
    group by _source, ticket_id

),

completed as (

    select
        tickets.*,
        -- Of a ticket that was deleted Zendesk may keep nothing but its number.
        coalesce(tickets.created_at, current_tickets.created_at) as opened_at,
        people.email,
        groups.name as team,
        told.first_response_at,
        told.agent_reply_count,
        told.interaction_count,
        tickets.has_all_comments and sources_with_comments._source is not null as has_comments,
        coalesce(tickets.assignee_stations, 1) as assignees,
        coalesce(tickets.group_stations, 1) as teams
    from tickets
    left join current_tickets
        on tickets._source = current_tickets._source and tickets.id = current_tickets.id and current_tickets.recency = 1
    left join told on tickets._source = told._source and tickets.id = told.ticket_id
    left join people
        on tickets._source = people._source and tickets.requester_id = people.id and people.recency = 1
    left join groups on tickets._source = groups._source and tickets.group_id = groups.id and groups.recency = 1
    left join sources_with_comments on tickets._source = sources_with_comments._source

)

select
    _source as source,
    id as ticket_id,
    opened_at as created_at,
    requester_id as customer_id,
    email,
    channel,
    priority,
    type as category,
    team,
    assignee_id as agent_id,
    case when has_comments then first_response_at else counted_first_reply_at end as first_response_at,
    case when status in ('solved', 'closed') then solved_at end as resolved_at,
    case when status = 'closed' then status_updated_at end as closed_at,
    case when is_merged and status != 'deleted' then 'merged' else status end as status,
    reopens as reopen_count,
    case
        when assignee_stations is null and group_stations is null then null
        when assignees >= teams and assignees > 1 then assignees - 1
        when teams > 1 then teams - 1
        else 0
    end as reassignment_count,
    case when has_comments then coalesce(agent_reply_count, 0) else replies end as agent_reply_count,
    case when has_comments then coalesce(interaction_count, 0) end as interaction_count,
    cast(null as boolean) as is_automated,
    cast(null as boolean) as sla_met,
    updated_at,
    cast(null as varchar) as merged_into,
    _version_at,
    _version_number,
    _version_text,
    _is_deleted,
    _load_sequence,
    _file,
    _row
from completed
