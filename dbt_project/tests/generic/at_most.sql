{% test at_most(model, column_name, highest) %}
{# Fails for each row in which the column is larger than the highest. #}
select *
from {{ model }}
where {{ column_name }} > {{ highest }}
{% endtest %}
