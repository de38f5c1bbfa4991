/** Finds and builds `demo/recipes`, whose packages are installed here, not there. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

export const RECIPES: string = fileURLToPath(new URL('../../demo/recipes', import.meta.url));

/** Installed when these tests run, not when types are checked. */
const require = createRequire(import.meta.url);

export function recipeFiles(): string[] {
  return readdirSync(RECIPES).filter((name) => /\.(tsx?|vue|svelte)$/.test(name));
}

/** The script of a component, the only part that the type checker reads. */
export function scriptOf(file: string): string {
  const [, script] = /<script[^>]*lang="ts"[^>]*>\n([\s\S]*?)<\/script>/.exec(readFileSync(`${RECIPES}/${file}`, 'utf8')) ?? [];
  if (script === undefined) throw new Error(`${basename(file)} has no <script lang="ts">`);
  return script;
}

/** A vite plugin that finds the recipes' packages and compiles Svelte. */
export function recipes(): Plugin {
  return {
    name: 'recipes',
    enforce: 'pre',
    resolveId(source, importer, options) {
      const isPackage =
        importer?.replaceAll('\\', '/').includes('/demo/recipes/') && /^[@\w]/.test(source) && !source.startsWith('oss-resumable');
      return isPackage ? this.resolve(source, fileURLToPath(import.meta.url), { ...options, skipSelf: true }) : null;
    },
    transform: {
      filter: { id: /\.svelte$/ },
      handler(code, filename) {
        const { compile } = require('svelte/compiler');
        const { js } = compile(code, { filename, generate: 'client', css: 'injected' });
        return { code: js.code, map: js.map };
      },
    },
  };
}
