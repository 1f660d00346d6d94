-- How a provider's name is written in the lake's paths: in lower case and hyphens (google-cloud). A
-- provider whose name has no Latin letter or digit goes by the name's hash.
CREATE OR REPLACE TEMP MACRO provider_key(provider_name) AS coalesce(
    nullif(
        trim(left(lower(regexp_replace(provider_name, '[^A-Za-z0-9]+', '-', 'g')), 64), '-'), ''
    ),
    'provider-' || left(md5(provider_name), 8)
);
