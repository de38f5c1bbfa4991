/**
 * Runs a TypeScript module on a Node that can't: `node test/bench/load.mjs main.ts --quick`. The benchmark's own processes
 * are started through it, too.
 */
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [name = 'main.ts'] = process.argv.splice(2, 1);
await runnerImport(fileURLToPath(new URL(name, import.meta.url)), { configFile: false, logLevel: 'warn' });
