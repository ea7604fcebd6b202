{#
    Addresses that identify nobody: those that more than three customer records of one source have, such as the mailbox
    of a reseller, and those that the settings ignore. Records that were merged into another do not count.
#}
select {{ normalised_email('email') }} as email
from {{ ref('canonical__customer') }}
where merged_into is null and {{ normalised_email('email') }} is not null
group by {{ normalised_email('email') }}, source
having count(*) > 3

union distinct

select mentions.email
from {{ ref('int_customer_mentions') }} as mentions
inner join {{ source('control', 'ignored_email') }} as ignored on mentions.email like ignored.pattern escape '!'
