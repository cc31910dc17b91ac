// Published series without films, straight into the tables of catalog and recommendation: for what looks at many series and plays none.
const kTags = ['revenge', 'ceo', 'comedy', 'time-travel', 'hospital', 'campus', 'mafia', 'royal', 'family', 'secret-baby', 'sports', 'ghost'];

// Makes `count` series of `episodes` episodes each, of which one in `freshEvery` is new; some are popular, most are not.
export function seedSeries(house, {count, episodes = 3, creators = 50, freshEvery = 20, tenant = 'default'}) {
  house.sql(`
    CREATE TEMP TABLE made AS SELECT n, gen_random_uuid() AS series_id, md5('creator' || n % ${creators})::uuid AS owner_id,
      ARRAY[(ARRAY['${kTags.join("','")}'])[1 + n % ${kTags.length}], (ARRAY['${kTags.join("','")}'])[1 + (n / 7) % ${kTags.length}]] AS tags,
      (ARRAY['en', 'es', 'pt-BR'])[1 + n % 3] AS language,
      now() - CASE WHEN n % ${freshEvery} = 0 THEN interval '1 hour' ELSE interval '40 days' END - n * interval '1 second' AS at
      FROM generate_series(1, ${count}) n;
    CREATE TEMP TABLE parts AS SELECT series_id, owner_id, at, number, gen_random_uuid() AS episode_id FROM made, generate_series(1, ${episodes}) number;
    INSERT INTO catalog.series (tenant, series_id, owner_id, title, synopsis, tags, language, state, published_episodes, total_episodes, created_at, published_at, version, search)
      SELECT '${tenant}', series_id, owner_id, 'Series ' || n, '', tags, language, 'published', ${episodes}, ${episodes}, at, at, 1, '' FROM made;
    INSERT INTO catalog.episode (tenant, episode_id, series_id, owner_id, number, title, synopsis, locked, state, media_state, media_percent, media_duration_ms,
      media_failure, media_failure_message, ready_duration_ms, cover_key, published_revision, created_at, published_at, version, published_duration_ms)
      SELECT '${tenant}', episode_id, series_id, owner_id, number, 'Episode ' || number, '', false, 'published', 'ready', 100, 90000, '', '', 90000, '',
      gen_random_uuid(), at, at, 1, 90000 FROM parts;
    INSERT INTO recommendation.episode (tenant, episode_id, series_id, number, published, version)
      SELECT '${tenant}', episode_id, series_id, number, true, 1 FROM parts;
    INSERT INTO recommendation.series (tenant, series_id, owner_id, published, published_at, version, heat, heat_at, trend, trend_at, tags, language, first_episode, grown)
      SELECT '${tenant}', m.series_id, m.owner_id, true, m.at, 1, 10000.0 / m.n, now(), 100.0 / m.n, now(), m.tags, m.language, p.episode_id, ${episodes}
      FROM made m JOIN parts p ON p.series_id = m.series_id AND p.number = 1;`);
}
