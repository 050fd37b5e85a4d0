-- Every package of package-lock.json, with what a reviewer of dependencies asks of it, as 0 or 1. Of a package that is
-- there in several versions, each version beyond the first counts as extra.
with entries as (
  select
    entry.key as path,
    entry.value ->> 'version' as version,
    entry.value ->> 'license' as licence,
    entry.value ->> 'integrity' as checksum,
    entry.value ->> 'deprecated' as deprecated,
    coalesce((entry.value ->> 'dev')::BOOLEAN, (entry.value ->> 'devOptional')::BOOLEAN, false) as development,
    coalesce((entry.value ->> 'optional')::BOOLEAN, false) as optional,
    coalesce((entry.value ->> 'hasInstallScript')::BOOLEAN, false) as install_script
  from lockfile, json_each(lockfile.packages) as entry
  where entry.key <> ''     -- the repository itself
),
packages as (
  select
    *,
    regexp_replace(path, '^node_modules/', '') as package,
    regexp_replace(path, '^.*node_modules/', '') as name
  from entries
),
numbered as (
  select
    *,
    row_number() over (partition by name, version order by package) as copy,
    dense_rank() over (partition by name order by version) as version_number
  from packages
)
select
  package,
  version,
  coalesce(licence, 'none stated') as licence,
  case when development then 'Development' when optional then 'Some platforms' else 'Always' end as needed,
  install_script::INTEGER as install_script,
  (not only_asks_for_notice(licence))::INTEGER as licence_to_read,
  (checksum is null)::INTEGER as unpinned,
  (deprecated is not null)::INTEGER as deprecated,
  (copy = 1 and version_number > 1)::INTEGER as extra_version
from numbered
