// A frame for what a run left behind: it has no origin, no network and no way out, with scripts or without.
//
// Two frames, one in the other. The inner one holds the content. The outer one holds nothing but a policy, which
// the inner one inherits and cannot loosen: it may load nothing, and (frame-src) not even go somewhere else, so that
// neither a refresh nor a script can carry anything off in an address.
import { h } from '../dom.js';

const POLICY = [
  "default-src 'none'", 'img-src data: blob:', 'media-src data: blob:', 'font-src data:', "style-src 'unsafe-inline'",
  "frame-src 'none'", "form-action 'none'", "base-uri 'none'",
].join('; ');
const SCRIPT_POLICY = `${POLICY}; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:`;

export interface FrameOptions {
  /** What screen readers call it. */
  title: string;
  html: string;
  /** Lets scripts run; still without an origin and without a network. */
  scripts?: boolean;
}

let framePage: string | null = null;

/**
 * Has scripts run in a page that the server gives, for a host whose own policy allows no inline scripts: frames made
 * of text inherit it, a page of the server has a policy of its own. It is the outer frame, and takes what the inner
 * one shows as its first message.
 */
export function runScriptsIn(url: string): void {
  framePage = url;
}

/** Never `allow-same-origin`: with it a script could reach this page, its cookies and its token. */
export function sandboxFrame({ title, html, scripts = false }: FrameOptions): HTMLIFrameElement {
  const sandbox = scripts ? 'allow-scripts' : '';
  if (scripts && framePage !== null) {
    const frame: HTMLIFrameElement = h('iframe', {
      class: 'jt-frame', title, referrerpolicy: 'no-referrer', sandbox, src: framePage,
      // Without an origin it has no name to send to; only our own server can be framed here.
      onload: () => frame.contentWindow?.postMessage(html, '*'),
    });
    return frame;
  }
  return h('iframe', {
    class: 'jt-frame', title, referrerpolicy: 'no-referrer', sandbox,
    srcdoc: outer(html, sandbox, scripts ? SCRIPT_POLICY : POLICY),
  });
}

function outer(html: string, sandbox: string, policy: string): string {
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">`
    + '<style>html,body{margin:0;height:100%;background:#fff}iframe{display:block;border:0;width:100%;height:100%}</style>'
    + `<iframe sandbox="${sandbox}" referrerpolicy="no-referrer" srcdoc="${attribute(html)}"></iframe>`;
}

/** An SVG as a picture, which browsers draw without scripts and without what it refers to. */
export function svgPage(text: string): string {
  const url = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  return `<style>body{margin:0;display:grid;place-items:center;min-height:100vh}img{max-width:100%;max-height:100vh}</style><img alt="" src="${url}">`;
}

/** A figure and the library that draws it. The figure is data: it comes in as JSON text, never as code. */
export function plotlyPage(figure: string, library: string): string {
  return '<style>html,body,#plot{margin:0;width:100%;height:100%;font-family:sans-serif}</style><div id="plot"></div>'
    + `<script type="application/json" id="figure">${figure.replaceAll('<', '\\u003c')}</script>`
    + `<script>${classic(library)}</script><script>${DRAW}</script>`;
}

/** A page that brings its own scripts, such as one that Plotly wrote; it finds the library that it would fetch. */
export function scriptedPage(html: string, library: string | null): string {
  return library === null ? html : `<script>${classic(library)}</script>${html}`;
}

/** The library's module as a script: what it exports becomes a global. */
function classic(library: string): string {
  const text = library.replace('export default JupyterTrackerPlotly.default;', 'globalThis.Plotly = JupyterTrackerPlotly.default;');
  // What would end a script element, or begin a comment in it, means the same in a string with a backslash.
  return text.replace(/<(?=\/script|!--)/gi, '\\x3c');
}

/** Runs in the frame. The size is the frame's, whatever the figure says. */
const DRAW = `
const { data, layout } = JSON.parse(document.getElementById('figure').textContent);
const { width, height, ...rest } = layout ?? {};
Plotly.newPlot('plot', data ?? [], { ...rest, autosize: true }, { responsive: true, displaylogo: false });
`;

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
