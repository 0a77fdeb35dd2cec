// Curves as files: what is on the screen as one picture, and all points as CSV.
import type { Decoded } from './curve_data.js';
import { curveFigure, FigureOptions, lineColor } from './curve_figure.js';
import type { Plotly } from './plotly.js';
import type { ChartColors } from './theme.js';
import type { CurveLine, CurveX } from './types.js';
import { cut } from './components/middle_cut.js';

export interface PictureSource {
  key: string;
  figure: FigureOptions;
}

const GAP = 16;
const TITLE = 22;
const LEGEND_ROW = 18;
const XML = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' } as const;

/** All plots under each other in two columns, with titles and a legend: one SVG. */
export async function curvesSvg(plotly: Plotly, sources: readonly PictureSource[], lines: readonly CurveLine[], colors: ChartColors): Promise<{ svg: string; width: number; height: number }> {
  const columns = Math.min(sources.length, 2);
  const { width: plotWidth, height: plotHeight } = sources[0].figure;
  const width = columns * (plotWidth + GAP) + GAP;
  const perRow = Math.max(1, Math.floor((width - 2 * GAP) / 220));
  const legendHeight = Math.ceil(lines.length / perRow) * LEGEND_ROW + GAP;
  const height = legendHeight + Math.ceil(sources.length / columns) * (plotHeight + TITLE + GAP) + GAP;
  const parts = lines.map((line, i) => legendEntry(line, colors, GAP + (i % perRow) * 220, GAP + Math.floor(i / perRow) * LEGEND_ROW));
  for (const [i, { key, figure }] of sources.entries()) {
    const [x, y] = [GAP + (i % columns) * (plotWidth + GAP), legendHeight + GAP + Math.floor(i / columns) * (plotHeight + TITLE + GAP)];
    const { data, layout } = curveFigure(figure);
    const url = await plotly.toImage({ data, layout, config: {} }, { format: 'svg', width: figure.width, height: figure.height });
    parts.push(`<text x="${x}" y="${y + 12}" font-weight="600" fill="${colors.text}">${xml(key)}</text>`);
    parts.push(`<g transform="translate(${x}, ${y + TITLE})">${svgText(url)}</g>`);
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" font-family="${xml(colors.font)}" font-size="12">`;
  return { svg: `${head}<rect width="100%" height="100%" fill="${colors.ground}"/>${parts.join('')}</svg>`, width, height };
}

function legendEntry(line: CurveLine, colors: ChartColors, x: number, y: number): string {
  const dash = ['', '6 4', '2 3', '6 3 2 3'][line.dash];
  const label = cut(line.label, 28);
  return `<line x1="${x}" y1="${y}" x2="${x + 16}" y2="${y}" stroke="${lineColor(line, colors)}" stroke-width="2.5" stroke-dasharray="${dash}"/>`
    + `<text x="${x + 22}" y="${y + 4}" fill="${colors.text}">${xml(label)}</text>`;
}

/** A plot whose last label may stand over its edge. */
function svgText(url: string): string {
  return decodeURIComponent(url.slice(url.indexOf(',') + 1)).replace('<svg ', '<svg overflow="visible" ');
}

function xml(text: string): string {
  return text.replace(/[&<>"']/g, char => XML[char as keyof typeof XML]);
}

/** The picture as PNG, twice as dense as it is large. */
export async function pngOf({ svg, width, height }: { svg: string; width: number; height: number }): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob(blob => (blob === null ? reject(new Error('The picture is too large.')) : resolve(blob)), 'image/png'));
}

/** One row a point: `metric,run,step,value`; the raw values where curves are smoothed, a group's mean and band. */
export function curvesCsv(panels: readonly { key: string; curves: readonly Decoded[] }[], lines: ReadonlyMap<string, CurveLine>, x: CurveX, grouped: boolean): string {
  const axis = { step: 'step', time: 'time', relative: 'seconds' }[x];
  const rows = [['metric', grouped ? 'group' : 'run', ...(grouped ? [] : ['run_id']), axis, 'value', ...(grouped ? ['low', 'high'] : [])].join(',')];
  for (const { key, curves } of panels) {
    for (const curve of curves) {
      const line = lines.get(curve.line);
      const [xs, ys] = curve.raw_x.length > 0 ? [curve.raw_x, curve.raw_y] : [curve.x, curve.y];
      xs.forEach((at, i) => {
        const names = [key, line?.label ?? '', ...(grouped ? [] : [curve.line])].map(field);
        const band = grouped ? [number(curve.low[i]), number(curve.high[i])] : [];
        rows.push([...names, x === 'time' ? isoTime(at) : String(at), number(ys[i]), ...band].join(','));
      });
    }
  }
  return `${rows.join('\r\n')}\r\n`;
}

/** A moment in ISO 8601; ms where they are no date: nanoseconds, given for ms. */
function isoTime(ms: number): string {
  const moment = new Date(ms);
  return Number.isNaN(moment.getTime()) ? String(ms) : moment.toISOString();
}

function number(value: number): string {
  return Number.isFinite(value) ? String(value) : '';
}

/** Quoted where needed; a text that a spreadsheet would take for a formula gets an apostrophe. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function saveFile(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

