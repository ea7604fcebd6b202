{# Logs the number of rows of a table, which the orchestrator shows as the asset's row count; views are not counted. #}
{% macro log_row_count() %}
    {%- if execute and model.config.materialized != 'view' -%}
        {%- set counted = run_query('select count(*) from ' ~ this) -%}
        {%- do log('rows: ' ~ counted.rows[0][0], info=true) -%}
    {%- endif -%}
{% endmacro %}
