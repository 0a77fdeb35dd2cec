// Builds the anywidget modules, one self-contained ES module per widget, style sheet included; and the server's web page.
import { build, transform } from 'esbuild';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';

const OUT = '../jupyter_tracker/widgets/static';
const PAGE = '../jupyter_tracker/server/static';
/** Of each module as it is sent, compressed. */
const LIMIT_GZIP_BYTES = 60_000;
const WIDGETS = ['run_card', 'run_detail', 'run_table', 'metric_curves', 'comparison', 'dashboard', 'registry_board'];

/** The part of the style sheet that is about JupyterLab's own surroundings. */
const ONLY_IN_LAB = /\/\* Side panel\.[^]*(?=\/\* Hosts:)/;

/** The style sheet travels inside the module, as text: a kernel cannot serve a second file. */
const cssText = {
  name: 'css-text',
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = (await readFile(path, 'utf8')).replace(ONLY_IN_LAB, '');
      const { code } = await transform(css, { loader: 'css', minify: true });
      return { contents: code, loader: 'text' };
    });
  },
};

const result = await build({
  // And what reads Markdown, which a kernel sends when there is some.
  entryPoints: { ...Object.fromEntries(WIDGETS.map(name => [name, `src/widgets/${name}.ts`])), markdown: 'src/markdown_library.ts' },
  outdir: OUT,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  plugins: [cssText],
});

for (const file of Object.keys(result.metafile.outputs)) {
  const zipped = gzipSync(await readFile(file)).length;
  console.log(`${file}  ${(zipped / 1000).toFixed(1)} kB gz`);
  // Each widget instance carries its module over the comm once, so size is a promise, not a wish.
  if (zipped > LIMIT_GZIP_BYTES) {
    console.error(`${file} is over ${LIMIT_GZIP_BYTES / 1000} kB gz`);
    process.exitCode = 1;
  }
}

// The chart library, which a kernel sends once per page where no server has it. A module for the page; a frame
// without an origin, which can import nothing, takes it as a script, without its last line.
await build({
  entryPoints: { plotly: 'src/plotly_library.ts' },
  outdir: OUT,
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'JupyterTrackerPlotly',
  footer: { js: 'export default JupyterTrackerPlotly.default;' },
  target: 'es2022',
  legalComments: 'inline',
});

// The web page: files whose names say what is in them, so that a browser keeps them for good; the page names the first.
await rm(PAGE, { recursive: true, force: true });
await mkdir(PAGE, { recursive: true });
const page = await build({
  entryPoints: { main: 'src/web/main.ts', style: 'src/web/style.css' },
  outdir: PAGE,
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
});
const fileOf = entry => basename(Object.keys(page.metafile.outputs).find(file => page.metafile.outputs[file].entryPoint === entry));
const html = await readFile('src/web/index.html', 'utf8');
await writeFile(`${PAGE}/index.html`, html.replace('{main.js}', fileOf('src/web/main.ts')).replace('{style.css}', fileOf('src/web/style.css')));
await Promise.all(['frame.html', 'favicon.svg'].map(name => copyFile(`src/web/${name}`, `${PAGE}/${name}`)));
const first = Object.keys(page.metafile.outputs).find(file => page.metafile.outputs[file].entryPoint === 'src/web/main.ts');
const imported = page.metafile.outputs[first].imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path);
const pageZipped = (await Promise.all([first, ...imported].map(async file => gzipSync(await readFile(file)).length))).reduce((sum, size) => sum + size, 0);
console.log(`${PAGE}  ${(pageZipped / 1000).toFixed(1)} kB gz of scripts at first`);
