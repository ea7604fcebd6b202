{% test unique_combination(model, columns) %}
{# Fails for each combination of the columns that occurs more than once; NULLs count as equal. #}
select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
