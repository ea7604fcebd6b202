{#
    The customers of most records: an address, an id or a merge that unites people who are not one makes a large customer,
    whose purchases and tickets are then those of all of them.
#}
with

counted as (

    select
        person,
        count(*) as records,
        count(distinct source) as sources,
        count(distinct id_space || ':' || customer_id) as ids,
        count(distinct normal_email) as addresses
    from {{ ref('int_customer_records') }}
    group by person
    having count(*) > 1

),

ranked as (

    select
        customers.customer_id,
        counted.records,
        counted.sources,
        counted.ids,
        counted.addresses,
        row_number() over (order by counted.records desc, customers.customer_id asc) as place
    from counted
    inner join {{ ref('int_customers') }} as customers on counted.person = customers.person

)

select
    customer_id,
    records,
    sources,
    ids,
    addresses
from ranked
where place <= 100
