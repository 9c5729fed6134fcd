-- The questions of `dlint fleet report`. A size is a struct of bytes, whether they are a lower bound, and
-- their basis; a sum says what it stands on: the weakest basis of what is known, and whether anything is not.

-- name: prepare
CREATE MACRO size_of(bytes_, at_least_, basis_) AS
  {'bytes': bytes_, 'at_least': at_least_, 'basis': basis_};
-- Less than 1 MiB of an unknown whole is no size, in any command.
CREATE MACRO told_of(bytes_, at_least_) AS
  CASE WHEN at_least_ AND bytes_ < 1048576 THEN NULL ELSE bytes_ END;
CREATE MACRO sum_of(bytes_, at_least_, basis_) AS size_of(
  sum(bytes_), bool_or(bytes_ IS NULL OR coalesce(at_least_, false)),
  ['exact', 'modelled', 'guessed', 'unknown'][
    max(list_position(['exact', 'modelled', 'guessed', 'unknown'], basis_))
      FILTER (bytes_ IS NOT NULL)]);

CREATE MACRO flavor_of(base) AS list_sort(list_filter(
  list_transform(string_split(split_part(base, ':', -1), '-'),
    lambda word: regexp_replace(regexp_replace(word, '[0-9].*$', ''), '^v$', '')),
  lambda word: word NOT IN ('', 'latest', 'stable', 'testing', 'sid', 'rolling', 'edge', 'lts',
    'stretch', 'buster', 'bullseye', 'bookworm', 'trixie', 'forky',
    'xenial', 'bionic', 'focal', 'jammy', 'noble', 'resolute')));
-- Of tags that equally many images use, the newest is the golden one.
CREATE MACRO number_of(base, place) AS coalesce(TRY_CAST(
  regexp_extract(base, ':v?([0-9]+)(?:[.]([0-9]+))?', place) AS BIGINT), 0);
CREATE TEMP VIEW golden_bases AS
SELECT *, first_value(base) OVER (PARTITION BY family, flavor_of(base)
  ORDER BY images DESC, number_of(base, 1) DESC, number_of(base, 2) DESC, base) AS golden
FROM bases;

CREATE TEMP TABLE daily AS
WITH days AS (SELECT DISTINCT day FROM stored_runs),
latest AS (
  SELECT days.day, runs.repository, runs.commit, runs.dlint, runs.settings
  FROM days JOIN stored_runs AS runs ON runs.day <= days.day AND runs.error IS NULL
  QUALIFY row_number() OVER (PARTITION BY days.day, runs.repository ORDER BY runs.seen DESC) = 1
)
SELECT latest.day, answers.repository, answers.image, unnest(answers.findings) AS found
FROM answers JOIN latest USING (repository, commit, dlint, settings)
WHERE answers.image IS NOT NULL;

-- name: summary
SELECT count(DISTINCT repository) AS repositories, count(*) AS images,
  sum_of(image_bytes, image_at_least, image_basis) AS stored,
  (SELECT sum_of(bill_bytes, bill_at_least, bill_basis) FROM images
   WHERE bill_commits IS NOT NULL) AS pushed,
  (SELECT count(*) FROM failures) AS failures, (SELECT max(seen) FROM runs) AS seen
FROM images

-- name: bandwidth
SELECT repository, image, size_of(bill_bytes, bill_at_least, bill_basis) AS pushed,
    bill_commits AS commits, size_of(push_bytes, push_at_least, push_basis)
      AS "push of a change", push_path AS "changed",
    array_to_string(owners, ' ') AS owners
FROM images WHERE bill_bytes > 0
ORDER BY bill_bytes DESC, repository, image LIMIT $top

-- name: savings
SELECT repository, image, commits, size_of(now_bytes, at_least, basis) AS "pushed now",
    size_of(order_bytes, at_least AND order_bytes > 0,
      CASE WHEN order_bytes > 0 THEN basis ELSE 'exact' END) AS "best order saves",
    size_of(repacking_bytes, at_least, basis) AS "re-packing saves",
    size_of(bound_bytes, at_least, basis) AS "bound", array_to_string(owners, ' ') AS owners
FROM savings WHERE bound_bytes > 0
ORDER BY bound_bytes DESC, repository, image LIMIT $top

-- name: storage
SELECT repository, image, size_of(image_bytes, image_at_least, image_basis) AS size,
    size_of(told_of(image_bytes - coalesce(base_bytes, 0), image_at_least), image_at_least,
      image_basis) AS own, base,
    array_to_string(owners, ' ') AS owners
FROM images WHERE image_bytes > 0
ORDER BY image_bytes DESC, repository, image LIMIT $top

-- name: bases
SELECT base, images, repositories, size_of(base_bytes, false, base_basis) AS size
FROM bases ORDER BY images DESC, base LIMIT $top

-- name: sprawl
SELECT family, count(*) AS tags, sum(images) AS images,
    sum_of(base_bytes, false, base_basis) AS "all tags",
    list({'tag': split_part(base, ':', -1), 'images': images}
      ORDER BY images DESC, base) AS "in use"
FROM bases GROUP BY family HAVING count(*) > 1
ORDER BY tags DESC, images DESC, family LIMIT $top

-- name: golden
SELECT golden, sum(images) AS "images that move",
    sum_of(base_bytes, false, base_basis) AS saved
FROM golden_bases WHERE base <> golden GROUP BY golden
ORDER BY sum(base_bytes) DESC NULLS LAST, 2 DESC, golden LIMIT $top

-- name: moves
SELECT golden, images.base, repository, image, array_to_string(owners, ' ') AS owners
FROM images JOIN golden_bases USING (base)
WHERE images.base <> golden ORDER BY golden, images.base, repository, image
LIMIT 10 * $top

-- name: rules
SELECT rule, count(*) AS findings, count(DISTINCT (repository, image)) AS images,
    size_of(sum(image_bytes), false, 'guessed') AS stored,
    size_of(sum(push_bytes), false, 'guessed') AS "pushed again"
FROM findings GROUP BY rule
ORDER BY coalesce(sum(image_bytes), 0) + coalesce(sum(push_bytes), 0) DESC,
  findings DESC, rule LIMIT $top

-- name: over-time
SELECT days.day, count(DISTINCT (repository, image)) AS "images with any", count(*) AS findings,
    size_of(sum(found.image_bytes), false, 'guessed') AS stored,
    size_of(sum(found.push_bytes), false, 'guessed') AS "pushed again"
FROM daily AS days GROUP BY days.day ORDER BY days.day

-- name: changes
SELECT coalesce(now.repository, past.repository) AS repository,
    coalesce(now.image, past.image) AS image,
    CASE WHEN past.image IS NULL THEN 'new' WHEN now.image IS NULL THEN 'gone'
      WHEN now.base IS DISTINCT FROM past.base THEN concat('base was ', past.base)
      ELSE 'size' END AS change,
    size_of(past.image_bytes, past.image_at_least, past.image_basis) AS before,
    size_of(now.image_bytes, now.image_at_least, now.image_basis) AS after,
    coalesce(len(now.findings), 0) - coalesce(len(past.findings), 0) AS "more findings"
FROM images AS now FULL JOIN images_at($since) AS past
  ON now.repository = past.repository AND now.image = past.image
    AND now.platform IS NOT DISTINCT FROM past.platform
WHERE (SELECT count(*) FROM images_at($since)) > 0
  AND (now.image_bytes IS DISTINCT FROM past.image_bytes
    OR now.base IS DISTINCT FROM past.base OR now.image IS NULL OR past.image IS NULL)
ORDER BY abs(coalesce(now.image_bytes, 0) - coalesce(past.image_bytes, 0)) DESC,
  1, 2 LIMIT $top

-- name: registry
SELECT repository, count(DISTINCT image) AS tags, count(*) AS layers,
    size_of(sum(bytes), false, 'exact') AS "all tags",
    size_of((SELECT sum(bytes) FROM (SELECT DISTINCT digest, bytes FROM layers AS own
      WHERE own.repository = layers.repository)), false, 'exact') AS "distinct layers"
FROM layers WHERE source = 'registry' GROUP BY repository
ORDER BY sum(bytes) DESC, repository LIMIT $top

-- name: shared
SELECT CASE WHEN images = 1 THEN 'one image' WHEN images <= 10 THEN '2 to 10 images'
      ELSE 'more than 10 images' END AS "in", count(*) AS layers,
    size_of(sum(bytes), bool_or(bytes IS NULL), 'exact') AS "stored once",
    size_of(sum(bytes * images), bool_or(bytes IS NULL), 'exact') AS "if not shared"
FROM (SELECT coalesce(digest, diff_id) AS layer, max(bytes) AS bytes,
      count(DISTINCT (repository, image, platform)) AS images
    FROM layers WHERE coalesce(digest, diff_id) IS NOT NULL GROUP BY layer)
GROUP BY 1 ORDER BY min(images)

-- name: failures
SELECT repository, error FROM failures ORDER BY repository LIMIT $top
