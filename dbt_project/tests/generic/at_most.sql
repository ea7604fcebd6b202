{% test at_most(model, column_name, limit) %}
{# Fails for each row in which the column is larger than the limit. #}
select *
from {{ model }}
where {{ column_name }} > {{ limit }}
{% endtest %}
