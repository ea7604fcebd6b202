-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'fx_rate',
    columns=['date', 'currency', 'rate'],
    key=['date', 'currency'],
    required=['date', 'currency', 'rate']
) }}
