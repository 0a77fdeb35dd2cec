// The `%%track` line at the head of a cell: is it there, put it there, take it away. As `magics/transform.py` reads it.

const TRACK = /^%%track(?=\s|$)/;
/** Cell magics below which `%%track` may stand. */
const TRANSPARENT = /^%%(?:capture|prun|time|timeit)\b(?!\?)/;

/** What to replace in a source, by character offsets. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The `%%track` line of a cell with its end, or null. */
export function trackLine(source: string): { start: number; end: number } | null {
  let start = 0;
  for (const line of source.split('\n')) {
    const end = start + line.length;
    if (TRACK.test(line)) {
      return { start, end: Math.min(end + 1, source.length) };
    }
    if (line.trim() !== '' && !TRANSPARENT.test(line)) {
      return null;
    }
    start = end + 1;
  }
  return null;
}

/** Whether `%%track` can head this cell: not above a magic whose body is no Python of the notebook. */
export function canTrack(source: string): boolean {
  const first = source.split('\n').find(line => line.trim() !== '') ?? '';
  return !first.startsWith('%%') || TRACK.test(first) || TRANSPARENT.test(first);
}

export function toggled(source: string): Edit {
  const line = trackLine(source);
  return line === null ? { start: 0, end: 0, text: '%%track\n' } : { ...line, text: '' };
}

/** Whether some cell loads the extension. */
export function loadsExtension(sources: Iterable<string>): boolean {
  for (const source of sources) {
    if (/^\s*%(?:load_ext|reload_ext)\s+jupyter_tracker\b/m.test(source)) {
      return true;
    }
  }
  return false;
}
