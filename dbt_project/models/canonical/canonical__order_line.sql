-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('order_line', key=['order_id', 'line_number']) }}") }}
{{ latest_version(
    'order_line',
    columns=['order_id', 'line_number', 'product_id', 'category', 'quantity', 'amount', 'margin'],
    key=['order_id', 'line_number'],
    required=['order_id', 'line_number']
) }}
