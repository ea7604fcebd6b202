-- Generated from pipelines/entities by `make generate`.
{{ latest_version(
    'web_stat',
    columns=['date', 'channel', 'sessions', 'visitors', 'conversions', 'revenue'],
    key=['date', 'channel'],
    required=['date']
) }}
