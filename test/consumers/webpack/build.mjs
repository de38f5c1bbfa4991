import { copyFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import webpack from 'webpack';

const { dirname } = import.meta;
const stats = await promisify(webpack)({
  mode: 'production',
  context: dirname,
  entry: './main.js',
  output: { path: `${dirname}/dist`, clean: true },
});
if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
await copyFile(`${dirname}/index.html`, `${dirname}/dist/index.html`);
