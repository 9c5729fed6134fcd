-- What `dlint fleet query` sees: docs/commands/fleet.md promises it.

CREATE VIEW answers AS
SELECT DISTINCT ON (repository, commit, image, digest, platform, dlint, settings) *
FROM stored_images ORDER BY day DESC;

CREATE VIEW runs AS SELECT * FROM stored_runs;

CREATE MACRO images_at(moment) AS TABLE
WITH latest AS (
  SELECT repository, commit, tags, dlint, settings FROM stored_runs
  WHERE error IS NULL AND seen <= CAST(moment AS TIMESTAMPTZ)
  QUALIFY row_number() OVER (PARTITION BY repository ORDER BY seen DESC) = 1
)
SELECT answers.* FROM answers JOIN latest USING (repository, dlint, settings)
WHERE answers.image IS NOT NULL AND CASE answers.source
  WHEN 'git' THEN answers.commit = latest.commit
  ELSE list_contains(latest.tags, concat(answers.image, '@', answers.digest)) END;

CREATE VIEW images AS SELECT * FROM images_at('9999-12-31 00:00:00+00');

CREATE VIEW layers AS
SELECT repository, source, image, platform, base, number, layer.*
FROM (SELECT repository, source, image, platform, base, unnest(layers) AS layer,
             generate_subscripts(layers, 1) AS number FROM images);

CREATE VIEW findings AS
SELECT repository, commit, image, dockerfile, owners, finding.*
FROM (SELECT repository, commit, image, dockerfile, owners, unnest(findings) AS finding
      FROM images);

CREATE VIEW savings AS
SELECT repository, image, owners, ways_commits AS commits, ways_now_bytes AS now_bytes,
       ways_now_bytes - ways_ordered_bytes AS order_bytes,
       ways_now_bytes - ways_repacked_bytes AS repacking_bytes,
       ways_now_bytes - ways_bound_bytes AS bound_bytes,
       ways_at_least AS at_least, ways_basis AS basis
FROM images WHERE ways_commits IS NOT NULL;

CREATE VIEW bases AS
SELECT base, regexp_replace(base, ':[^:/]*$', '') AS family, any_value(base_bytes) AS base_bytes,
       any_value(base_basis) AS base_basis, count(*) AS images,
       count(DISTINCT repository) AS repositories
FROM images WHERE base IS NOT NULL GROUP BY base;

CREATE VIEW failures AS
SELECT repository, seen, error FROM stored_runs
QUALIFY row_number() OVER (PARTITION BY repository ORDER BY seen DESC) = 1 AND error IS NOT NULL;
