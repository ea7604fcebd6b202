-- Generated from pipelines/entities by `make generate`.
{{ config(pre_hook="{{ delete_changed_rows('fx_rate', key=['date', 'currency']) }}") }}
{{ latest_version(
    'fx_rate',
    columns=['date', 'currency', 'rate'],
    key=['date', 'currency'],
    required=['date', 'currency', 'rate']
) }}
