/**
 * `npm test`: everything that CI runs. The last line is `N passed, N failed`, the sum over all runners;
 * a check without tests of its own (types, lint, build) counts as one. The exit code is 1 if anything failed, if a
 * runner crashed, or if a runner ran no test.
 *
 * In CI, a browser test that fails is repeated once, because a browser may stall on a busy machine. The summary names these
 * tests, beside those that failed.
 *
 * Without a Chromium its steps fail, and in CI those of a missing Firefox as well. Other steps without a browser are listed
 * in the summary as NOT RUN.
 *
 * `node test/run.mjs unit browser` runs only the steps named.
 */
import { ensureChromium, ensureFirefox, ensureWebKit } from './browsers.mjs';
import { bench, check, lint, playwright, removeReports, vitest } from './runners.mjs';

/** @typedef {import('./run-command.mjs').Output} Output */
/** @typedef {import('./runners.mjs').Tally} Tally */

/**
 * Each returns once the browser is available, and throws an error with instructions otherwise. The configurations of the
 * runners look for it in the same places.
 */
const BROWSERS = {
  chromium: { ensure: () => (process.env.CHROMIUM_PATH = ensureChromium()), isRequired: true },
  firefox: { ensure: () => (process.env.FIREFOX_PATH = ensureFirefox()), isRequired: Boolean(process.env.CI) },
  // It exists only for Linux.
  webkit: { ensure: () => ensureWebKit().driver, isRequired: false },
};

/** @type {Record<string, { title: string, browser?: keyof typeof BROWSERS, perform: (output?: Output) => Promise<Tally> }>} */
const STEPS = {
  typecheck: { title: 'Type check', perform: check(['npm', 'run', '--silent', 'typecheck']) },
  lint: { title: 'Lint', perform: lint },
  build: { title: 'Build', perform: check(['npm', 'run', '--silent', 'build']) },
  packaging: { title: 'Packaging', perform: vitest('packaging') },
  unit: { title: 'Unit', perform: vitest('unit') },
  conformance: { title: 'Conformance', perform: vitest('conformance') },
  browser: { title: 'Browser', browser: 'chromium', perform: vitest('browser') },
  'browser-firefox': { title: 'Browser, Firefox', browser: 'firefox', perform: vitest('browser-firefox') },
  e2e: { title: 'End to end', browser: 'chromium', perform: playwright('e2e', 'chromium') },
  'e2e-firefox': { title: 'End to end, Firefox', browser: 'firefox', perform: playwright('e2e', 'firefox') },
  widgets: { title: 'Widgets', browser: 'chromium', perform: playwright('widgets', 'chromium') },
  'widgets-firefox': { title: 'Widgets, Firefox', browser: 'firefox', perform: playwright('widgets', 'firefox') },
  consumers: { title: 'Consumers', browser: 'chromium', perform: playwright('consumers', 'chromium') },
  faults: { title: 'Faults', browser: 'chromium', perform: playwright('faults', 'chromium') },
  'faults-firefox': { title: 'Faults, Firefox', browser: 'firefox', perform: playwright('faults', 'firefox') },
  bench: { title: 'Benchmark, smoke run', browser: 'chromium', perform: bench },
  webkit: { title: 'WebKit', browser: 'webkit', perform: vitest('webkit') },
};

/**
 * Steps that leave a core idle, and the next step, which runs at the same time.
 *
 * @type {Record<string, string>}
 */
const BESIDE = { unit: 'conformance', browser: 'browser-firefox' };

// CI has 45 minutes: random tests repeat less, and Firefox skips what Chromium decides alone.
process.env.REPETITIONS ??= 'few';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`No step is called ${unknown.join(', ')}. There are: ${Object.keys(STEPS).join(', ')}.`);
  process.exit(2);
}
const steps = Object.entries(STEPS).filter(([name]) => wanted.length === 0 || wanted.includes(name));

/**
 * What to do about browsers that are needed and missing.
 *
 * @type {Map<keyof typeof BROWSERS, string>}
 */
const missing = new Map();
for (const browser of new Set(steps.flatMap(([, step]) => step.browser ?? []))) {
  try {
    console.log(`Browser: ${BROWSERS[browser].ensure()}`);
  } catch (error) {
    missing.set(browser, error instanceof Error ? error.message : String(error));
    console.error(missing.get(browser));
  }
}

/** @type {(Tally & { title: string, seconds: number })[]} */
const results = [];
/** @type {{ title: string, advice: string }[]} */
const notRun = [];
/**
 * Performs a step and times it.
 *
 * @param {(typeof STEPS)[string]} step
 * @param {Output} [output]
 */
async function execute({ title, browser, perform }, output) {
  const start = Date.now();
  const advice = browser && missing.get(browser);
  const tally = advice ? { passed: 0, failed: 1, skipped: 0, notes: [advice] } : await perform(output);
  return { title, seconds: Math.round((Date.now() - start) / 1000), ...tally };
}

/**
 * Starts the next step, so that it runs at the same time as the present one.
 *
 * @param {(typeof STEPS)[string]} step
 * @returns {() => Promise<Tally & { title: string, seconds: number }>} waits for its end, and prints its output
 */
function begin(step) {
  /** @type {Buffer[]} */
  const printed = [];
  const result = execute(step, (chunk) => printed.push(chunk));
  return async () => {
    const tally = await result;
    for (const chunk of printed) process.stdout.write(chunk);
    return tally;
  };
}

/** @type {(() => Promise<Tally & { title: string, seconds: number }>) | undefined} */
let begun;
for (const [index, [name, step]] of steps.entries()) {
  const { title, browser } = step;
  const advice = browser && missing.get(browser);
  console.log(`\n——— ${title} ———`);
  if (browser && advice && !BROWSERS[browser].isRequired) {
    console.log(`NOT RUN. ${advice}`);
    notRun.push({ title, advice });
    continue;
  }
  const end = begun ?? (() => execute(step));
  const next = steps[index + 1];
  const nextBrowser = next?.[1].browser;
  begun = next && BESIDE[name] === next[0] && !(nextBrowser && missing.has(nextBrowser)) ? begin(next[1]) : undefined;
  results.push(await end());
}
removeReports();

console.log('\n——— Summary ———');
for (const { title, passed, failed, skipped, seconds, notes } of results) {
  console.log(`${failed ? '✗' : '✓'} ${title}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''} (${seconds} s)`);
  for (const note of notes) console.log(`    ${note}`);
}
for (const { title, advice } of notRun) console.log(`! ${title}: NOT RUN\n    ${advice}`);
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);
