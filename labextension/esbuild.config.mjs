// Builds the anywidget modules: one self-contained ES module per widget, style sheet included.
import { build, transform } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const OUT = '../jupyter_tracker/widgets/static';
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
