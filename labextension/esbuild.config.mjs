// Builds the anywidget modules: one self-contained ES module per widget, style sheet included.
import { build, transform } from 'esbuild';
import { readFile } from 'node:fs/promises';

const OUT = '../jupyter_tracker/widgets/static';
const LIMIT_BYTES = 80_000;

/** The style sheet travels inside the module, as text: a kernel cannot serve a second file. */
const cssText = {
  name: 'css-text',
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code, loader: 'text' };
    });
  },
};

const result = await build({
  entryPoints: ['src/widgets/run_card.ts', 'src/widgets/run_table.ts'],
  outdir: OUT,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  metafile: true,
  plugins: [cssText],
});

for (const [file, { bytes }] of Object.entries(result.metafile.outputs)) {
  console.log(`${file}  ${(bytes / 1000).toFixed(1)} kB`);
  // Each widget instance carries its module over the comm once, so size is a promise, not a wish.
  if (bytes > LIMIT_BYTES) {
    console.error(`${file} is over ${LIMIT_BYTES / 1000} kB`);
    process.exitCode = 1;
  }
}
