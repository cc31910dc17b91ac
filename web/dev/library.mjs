// The series of the mock.
const STORIES = [
  {
    title: 'The Heiress Next Door',
    tags: ['romance', 'secrets', 'revenge'],
    episodes: 4,
    locked: [4],
    synopsis:
      'Mara delivers flowers to the house she was stolen from as a child. The man who opens the door has her ' +
      'mother’s ring, and thirty days to marry.',
    titles: ['A ring on the wrong hand', 'Thirty days', 'What the gardener saw', 'The will'],
  },
  {
    title: 'Midnight Contract',
    tags: ['thriller', 'office'],
    episodes: 2,
    locked: [],
    synopsis: 'She signed without reading. Now her boss’s rival owns every minute after midnight.',
    titles: ['The small print', 'Overtime'],
  },
  {
    title: 'My Ex Is My Bodyguard',
    tags: ['comedy', 'romance'],
    episodes: 3,
    locked: [3],
    notReady: [2],
    synopsis: 'Fame brought her a stalker, and the agency sent the one man she swore never to see again.',
    titles: ['Plus one', 'Safe house', 'Second chances'],
  },
  {
    title: 'Lost Prince of Lisbon',
    tags: ['fantasy'],
    episodes: 1,
    locked: [],
    synopsis: 'A street musician finds that every tram in the city stops for him.',
    titles: ['Line 28'],
  },
];
const ENGLISH = [
  'You weren’t supposed to come back.',
  'This ring… where did you get it?',
  'I never left, Daniel.\nYou just stopped looking.',
  'Then tell me who is buried there.',
];
const SPANISH = [
  'No debías volver.',
  'Este anillo… ¿de dónde lo sacaste?',
  'Nunca me fui, Daniel.\nDejaste de buscarme.',
  'Entonces dime quién está enterrado allí.',
];

export class Library {
  constructor(seconds) {
    this.series = STORIES.map((story, at) => ({
      seriesId: uuid(1, at + 1),
      ownerId: uuid(9, 1),
      title: story.title,
      synopsis: story.synopsis,
      tags: story.tags,
      language: 'en',
      publishedEpisodes: story.episodes,
      totalEpisodes: story.episodes,
      coverUrl: at === 3 ? '' : `/hls/cover/${uuid(2, (at + 1) * 100 + 1)}/cover.jpg`,
    }));
    this.episodes = STORIES.flatMap((story, at) =>
      story.titles.map((title, number) => ({
        episodeId: uuid(2, (at + 1) * 100 + number + 1),
        seriesId: uuid(1, at + 1),
        number: number + 1,
        title,
        locked: story.locked.includes(number + 1),
        durationMs: String(seconds * 1000),
        mediaState: story.notReady?.includes(number + 1) ? 'MEDIA_STATE_PROCESSING' : 'MEDIA_STATE_READY',
      })),
    );
  }

  oneSeries(id) {
    return this.series.find((series) => series.seriesId === id);
  }

  // An absent rating: none.
  rate(id, { ageRating }) {
    const series = this.oneSeries(id);
    if (ageRating === undefined) delete series.ageRating;
    else series.ageRating = ageRating;
    return series;
  }

  episode(id) {
    return this.episodes.find((episode) => episode.episodeId === id);
  }

  of(seriesId) {
    return this.episodes.filter((episode) => episode.seriesId === seriesId);
  }

  search(query) {
    const words = query.toLowerCase().split(/\s+/);
    return this.series.filter((series) => {
      const text = [series.title, series.synopsis, ...series.tags].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  popularity(seriesId) {
    return [12803, 941, 87, 5][this.series.findIndex((series) => series.seriesId === seriesId)] ?? 0;
  }

  lines(episode) {
    return episode.seriesId === uuid(1, 4) ? {} : { en: ENGLISH, es: SPANISH };
  }
}

function uuid(kind, number) {
  return `00000000-0000-7000-800${kind}-${String(number).padStart(12, '0')}`;
}
