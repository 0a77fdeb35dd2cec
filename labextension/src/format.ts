// Numbers, times and sizes as people read them. Python rounds what a view calls `text`; this is the rest.
import type { JsonNumber, RunStatus } from './types.js';
import { __, _n } from './words.js';

const WHOLE = new Intl.NumberFormat('en-US');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STATUS_WORDS: Record<RunStatus, () => string> = {
  RUNNING: () => __('Running'),
  SCHEDULED: () => __('Scheduled'),
  FINISHED: () => __('Finished'),
  FAILED: () => __('Failed'),
  KILLED: () => __('Killed'),
};

export function statusWord(status: RunStatus): string {
  return STATUS_WORDS[status]?.() ?? String(status);
}

/** More may come from this run. */
export function isLive(status: RunStatus): boolean {
  return status === 'RUNNING' || status === 'SCHEDULED';
}

/** `1,234`, `0.93421`, `1.2e-7`, `NaN`, `∞`. */
export function formatNumber(value: JsonNumber, digits = 5): string {
  if (typeof value !== 'number') {
    return value === 'NaN' ? 'NaN' : value === 'Infinity' ? '∞' : '−∞';
  }
  if (Number.isInteger(value) && Math.abs(value) < 1e12) {
    return WHOLE.format(value + 0); // -0 is 0
  }
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) {
    return value.toExponential(3).replace(/\.?0+e/, 'e').replace('e+', 'e');
  }
  return String(Number(value.toPrecision(digits)));
}

/** `0.9796 ± 0.0031`: a mean in the digits that its standard deviation, of two, leaves meaning to; alone where there is none. */
export function formatSpread(mean: JsonNumber, std: JsonNumber | null): string {
  if (std === null) {
    return formatNumber(mean, 4);
  }
  if (typeof mean !== 'number' || typeof std !== 'number' || std < 1e-4 || std >= 1e4 || Math.abs(mean) >= 1e7) {
    return `${formatNumber(mean, 4)} ± ${formatNumber(std, 2)}`;
  }
  const digits = Math.max(0, 1 - Math.floor(Math.log10(std)));
  return `${fixed(mean, digits)} ± ${fixed(std, digits)}`;
}

const FIXED = new Map<number, Intl.NumberFormat>();

/** `1,234.50`: with so many digits after the point. */
function fixed(value: number, digits: number): string {
  const format = FIXED.get(digits) ?? new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  FIXED.set(digits, format);
  return format.format(value);
}

/** `430 ms`, `12s`, `3m 24s`, `1h 02m`, `2d 3h`. */
export function formatDuration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < SECOND) {
    return `${Math.round(value)} ms`;
  }
  if (value < MINUTE) {
    const s = value / SECOND;
    return s < 10 ? `${(Math.floor(s * 10) / 10).toFixed(1)}s` : `${Math.floor(s)}s`;
  }
  if (value < HOUR) {
    return `${Math.floor(value / MINUTE)}m ${pad(Math.floor((value % MINUTE) / SECOND))}s`;
  }
  if (value < DAY) {
    return `${Math.floor(value / HOUR)}h ${pad(Math.floor((value % HOUR) / MINUTE))}m`;
  }
  return `${Math.floor(value / DAY)}d ${Math.floor((value % DAY) / HOUR)}h`;
}

/** Like `formatDuration` in whole seconds: tenths that jump once a second only distract. */
export function formatElapsed(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / SECOND)) * SECOND;
  return whole < MINUTE ? `${whole / SECOND}s` : formatDuration(whole);
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function formatRelative(ms: number, now = Date.now()): string {
  const age = now - ms;
  if (age < 10 * SECOND) {
    return __('just now');
  }
  if (age < MINUTE) {
    return __('%1 s ago', Math.floor(age / SECOND));
  }
  if (age < HOUR) {
    return __('%1 min ago', Math.floor(age / MINUTE));
  }
  if (age < DAY) {
    return __('%1 h ago', Math.floor(age / HOUR));
  }
  if (age < 30 * DAY) {
    return __('%1 d ago', Math.floor(age / DAY));
  }
  return new Date(ms).toLocaleDateString(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
}

/** `now`, `45s`, `5m`, `3h`, `2d`, then the date: for narrow lines. */
export function formatAgo(ms: number, now = Date.now()): string {
  const age = now - ms;
  if (age >= 30 * DAY) {
    return new Date(ms).toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
  }
  const units: [number, string][] = [[DAY, 'd'], [HOUR, 'h'], [MINUTE, 'm'], [SECOND, 's']];
  const unit = age < 10 * SECOND ? undefined : units.find(([size]) => age >= size);
  return unit === undefined ? __('now') : `${Math.floor(age / unit[0])}${unit[1]}`;
}

export function formatAbsolute(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** `812 B`, `1.4 kB`, `23 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Each noun that is counted, with its number as text: languages differ in more than an s. */
const COUNTS = {
  run: (n: number, text: string) => _n('%2 run', '%2 runs', n, text),
  group: (n: number, text: string) => _n('%2 group', '%2 groups', n, text),
  row: (n: number, text: string) => _n('%2 row', '%2 rows', n, text),
  point: (n: number, text: string) => _n('%2 point', '%2 points', n, text),
  line: (n: number, text: string) => _n('%2 line', '%2 lines', n, text),
  'equal line': (n: number, text: string) => _n('%2 equal line', '%2 equal lines', n, text),
};

/** `1 run`, `2,000 runs`. */
export function formatCount(n: number, noun: keyof typeof COUNTS): string {
  return COUNTS[noun](n, WHOLE.format(n));
}

export function shortId(id: string): string {
  return id.slice(0, 8);
}
