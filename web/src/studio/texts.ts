// The texts of the creators' pages, apart from the viewers', who never need them.
import { currentLocale, textOf } from '../i18n/i18n';
import { keysEn, keysEs } from './key-texts';

const en = {
  'studio.title': 'Studio',
  'studio.text': 'How your series are watched.',
  'studio.none': 'You have no series yet.',
  'studio.signIn': 'Sign in with a creator’s account to see how your series are watched.',
  'series.viewers': '{count} viewers',
  'series.viewers.one': '1 viewer',
  'funnel.title': 'From the first episode to the last',
  'funnel.none': 'Nobody has watched an episode yet.',
  'funnel.label': 'Viewers who began and who completed each episode',
  'funnel.weakest': 'Episode {number} loses most: {share} of those who complete it go on.',
  'funnel.episode': 'Episode',
  'funnel.started': 'Began',
  'funnel.completed': 'Completed',
  'funnel.reached': 'From the first on',
  'funnel.goesOn': 'Went on',
  'funnel.wait': 'After',
  'cohorts.title': 'Who comes back',
  'cohorts.text':
    'By the week of the first view: how many watched again in the weeks after, once each is over.',
  'cohorts.none': 'Cohorts show up here once 20 people or more have begun in a week.',
  'cohorts.week': 'Week of',
  'cohorts.viewers': 'Viewers',
  'cohorts.hidden': 'too few to say',
  'audience.title': 'Audience',
  'audience.text':
    'Until yesterday. What fewer than 20 people share is taken together, and so are newcomers until 20 of a kind have come.',
  'audience.few': 'Too few people yet to tell their kinds apart.',
  'audience.none': 'Shown once 20 people or more have watched, a day later.',
  'audience.AUDIENCE_DIMENSION_SOURCE': 'How they came',
  'audience.AUDIENCE_DIMENSION_DEVICE': 'Devices',
  'audience.AUDIENCE_DIMENSION_REGION': 'Regions',
  'audience.rest': 'All others, and newcomers',
  'audience.unknown': 'Not known',
  'source.WATCH_SOURCE_FEED': 'The feed',
  'source.WATCH_SOURCE_SERIES': 'The series’ page',
  'source.WATCH_SOURCE_SEARCH': 'Search',
  'source.WATCH_SOURCE_CONTINUE': 'Continue watching',
  'source.WATCH_SOURCE_NEXT': 'The episode before',
  'source.WATCH_SOURCE_LINK': 'A link',
  'source.WATCH_SOURCE_NOTIFICATION': 'A notification',
  'device.DEVICE_CLASS_PHONE': 'Phones',
  'device.DEVICE_CLASS_TABLET': 'Tablets',
  'device.DEVICE_CLASS_DESKTOP': 'Computers',
  'device.DEVICE_CLASS_TV': 'Television sets',
  'alerts.title': 'Unusual days',
  'alerts.ALERT_KIND_PLAYS': '{day}: episode {number} was played {value} times, usually {usual}.',
  'alerts.ALERT_KIND_COMPLETION':
    '{day}: {value} of plays of episode {number} reached the end, usually {usual}.',
  'episode.title': 'Episode {number}',
  'episode.viewers': 'Viewers',
  'episode.plays': 'Plays',
  'episode.watched': 'Watched',
  'episode.completed': 'Completed',
  'episode.hours': '{count} h',
  'episode.none': 'Nobody has watched this episode yet.',
  'plot.time': 'Time',
  'plot.share': 'Share of viewers',
  'plot.ofMost': 'Of the maximum',
  'curve.title': 'Retention',
  'curve.label': 'Share of viewers who saw each second, and of those who had not left',
  'curve.retention': 'Saw it',
  'curve.survival': 'Had not left',
  'curve.typical': 'Typical',
  'curve.compared': 'Typical: the middle half of {count} other episodes of like length.',
  'heat.title': 'Most replayed',
  'heat.label': 'How often each second was seen',
  'heat.views': 'Seen',
  'heat.most': 'At {time} each viewer saw it {times} times on average.',
  'drops.title': 'Where viewers leave',
  'drops.none': 'No place stands out.',
  'drops.left': '{count} viewers left',
  'drops.left.one': '1 viewer left',
  'drops.DROP_CAUSE_SCENE': 'The scene',
  'drops.DROP_CAUSE_NETWORK': 'The network',
  'drops.stalled': '{share} of them had a stall just before.',
  'versions.title': 'Versions',
  'versions.since': 'Since {day}',
  'versions.stay': 'Half stay',
  'rating.title': 'Age rating',
  'rating.text':
    'From which age on the series is meant to be seen. It holds for who is in minors’ mode; a series that nobody rated counts as 18 there.',
  'rating.label': 'For viewers',
  'rating.none': 'Not rated',
  'rating.all': 'of all ages',
  'rating.age': 'of {age} and older',
  'rating.saved': 'Saved',
  'rating.short': '{age}+',
  'csv.get': 'CSV',
  'csv.label': '{table} as CSV',
  ...keysEn,
} as const;

type StudioKey = keyof typeof en;

const es: Record<StudioKey, string> = {
  'studio.title': 'Estudio',
  'studio.text': 'Cómo se ven tus series.',
  'studio.none': 'Aún no tienes ninguna serie.',
  'studio.signIn': 'Entra con una cuenta de creador para saber cómo se ven tus series.',
  'series.viewers': '{count} espectadores',
  'series.viewers.one': '1 espectador',
  'funnel.title': 'Del primer episodio al último',
  'funnel.none': 'Nadie ha visto aún un episodio.',
  'funnel.label': 'Espectadores que empezaron y que terminaron cada episodio',
  'funnel.weakest': 'El episodio {number} es el que más pierde: el {share} de quienes lo terminan sigue.',
  'funnel.episode': 'Episodio',
  'funnel.started': 'Empezaron',
  'funnel.completed': 'Terminaron',
  'funnel.reached': 'Desde el primero',
  'funnel.goesOn': 'Siguieron',
  'funnel.wait': 'Tras',
  'cohorts.title': 'Quién vuelve',
  'cohorts.text':
    'Por semana de la primera vez: cuántos volvieron a ver en las semanas siguientes, cuando han acabado.',
  'cohorts.none': 'Las cohortes aparecen cuando 20 personas o más han empezado en una semana.',
  'cohorts.week': 'Semana del',
  'cohorts.viewers': 'Espectadores',
  'cohorts.hidden': 'muy pocos para decirlo',
  'audience.title': 'Público',
  'audience.text':
    'Hasta ayer. Lo que comparten menos de 20 personas se junta, y también los recién llegados hasta que son 20 de un tipo.',
  'audience.few': 'Aún son muy pocas personas para distinguir tipos.',
  'audience.none': 'Aparece un día después de que 20 personas o más la hayan visto.',
  'audience.AUDIENCE_DIMENSION_SOURCE': 'Cómo llegaron',
  'audience.AUDIENCE_DIMENSION_DEVICE': 'Dispositivos',
  'audience.AUDIENCE_DIMENSION_REGION': 'Regiones',
  'audience.rest': 'Los demás y los recién llegados',
  'audience.unknown': 'No se sabe',
  'source.WATCH_SOURCE_FEED': 'Para ti',
  'source.WATCH_SOURCE_SERIES': 'La página de la serie',
  'source.WATCH_SOURCE_SEARCH': 'Búsqueda',
  'source.WATCH_SOURCE_CONTINUE': 'Seguir viendo',
  'source.WATCH_SOURCE_NEXT': 'El episodio anterior',
  'source.WATCH_SOURCE_LINK': 'Un enlace',
  'source.WATCH_SOURCE_NOTIFICATION': 'Una notificación',
  'device.DEVICE_CLASS_PHONE': 'Teléfonos',
  'device.DEVICE_CLASS_TABLET': 'Tabletas',
  'device.DEVICE_CLASS_DESKTOP': 'Ordenadores',
  'device.DEVICE_CLASS_TV': 'Televisores',
  'alerts.title': 'Días fuera de lo común',
  'alerts.ALERT_KIND_PLAYS': '{day}: el episodio {number} se reprodujo {value} veces; lo normal son {usual}.',
  'alerts.ALERT_KIND_COMPLETION':
    '{day}: el {value} de las reproducciones del episodio {number} llegó al final; lo normal es el {usual}.',
  'episode.title': 'Episodio {number}',
  'episode.viewers': 'Espectadores',
  'episode.plays': 'Reproducciones',
  'episode.watched': 'Tiempo visto',
  'episode.completed': 'Terminado',
  'episode.hours': '{count} h',
  'episode.none': 'Nadie ha visto aún este episodio.',
  'plot.time': 'Tiempo',
  'plot.share': 'Parte de los espectadores',
  'plot.ofMost': 'Del máximo',
  'curve.title': 'Retención',
  'curve.label': 'Parte de los espectadores que vio cada segundo, y de los que aún no se habían ido',
  'curve.retention': 'Lo vieron',
  'curve.survival': 'No se habían ido',
  'curve.typical': 'Típico',
  'curve.compared': 'Típico: la mitad central de {count} otros episodios de duración parecida.',
  'heat.title': 'Lo más repetido',
  'heat.label': 'Cuántas veces se vio cada segundo',
  'heat.views': 'Visto',
  'heat.most': 'En {time} cada espectador lo vio {times} veces de media.',
  'drops.title': 'Dónde se van',
  'drops.none': 'Ningún lugar destaca.',
  'drops.left': 'Se fueron {count} espectadores',
  'drops.left.one': 'Se fue 1 espectador',
  'drops.DROP_CAUSE_SCENE': 'La escena',
  'drops.DROP_CAUSE_NETWORK': 'La red',
  'drops.stalled': 'El {share} tuvo un corte justo antes.',
  'versions.title': 'Versiones',
  'versions.since': 'Desde el {day}',
  'versions.stay': 'La mitad se queda',
  'rating.title': 'Clasificación por edad',
  'rating.text':
    'A partir de qué edad es la serie. Vale para quien está en el modo para menores; allí una serie sin clasificar cuenta como de 18.',
  'rating.label': 'Para espectadores',
  'rating.none': 'Sin clasificar',
  'rating.all': 'de todas las edades',
  'rating.age': 'de {age} años o más',
  'rating.saved': 'Guardado',
  'rating.short': '{age}+',
  'csv.get': 'CSV',
  'csv.label': '{table} como CSV',
  ...keysEs,
};

export const STUDIO_TEXTS: Record<string, Record<StudioKey, string>> = { en, es };

// The text of a key with its parameters filled in.
export function s(key: StudioKey, params: Record<string, string | number> = {}): string {
  return textOf<StudioKey>(STUDIO_TEXTS[currentLocale()] ?? en, key, params);
}

// Of a name that came from the server; what this page doesn't know is not known.
export function named(prefix: 'source' | 'device', name: string | undefined): string {
  const key = `${prefix}.${name}`;
  return key in en ? s(key as StudioKey) : s('audience.unknown');
}

// "62 %", as the language writes it.
export function percent(share: number): string {
  const options = { style: 'percent', maximumFractionDigits: share > 0 && share < 0.1 ? 1 : 0 } as const;
  return new Intl.NumberFormat(currentLocale(), options).format(share);
}

export function count(number: number): string {
  return new Intl.NumberFormat(currentLocale(), { maximumFractionDigits: 1 }).format(number);
}

// A day of UTC.
export function day(time: string): string {
  const options = { day: 'numeric', month: 'short', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(currentLocale(), options).format(new Date(time));
}

// A wait: "40 s", "5 min", "3 h", "2 d".
export function wait(seconds: number): string {
  const units: [number, 'second' | 'minute' | 'hour' | 'day'][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  const [size, unit] = units.find(([least]) => seconds >= least) ?? units[3]!;
  const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(currentLocale(), options).format(seconds / size);
}
